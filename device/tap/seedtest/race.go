//go:build race

package seedtest

// Race says that the race detector watches, and that what is random takes six
// times as long: make test and make prove run it at length without.
const Race = true
