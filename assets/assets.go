// Package assets holds the files that are compiled in: web pages, their font,
// and the texts in each language.
package assets

import "embed"

// FS holds web/ (pages, scripts, style sheets, fonts) and locales/ (one JSON
// file a language).
//
//go:embed web locales
var FS embed.FS
