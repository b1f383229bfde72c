// Package assets holds the files that are compiled in: web pages, fonts,
// and the texts in each language.
package assets

import "embed"

// FS holds web/ (pages, scripts, style sheets, fonts), font/ (bitmap fonts for
// small displays, one file a size in pixels) and locales/ (one JSON
// file a language).
//
//go:embed web font locales
var FS embed.FS
