//go:build !race

package seedtest

// Race says that the race detector watches; here it does not.
const Race = false
