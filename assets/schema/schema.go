// Package schema holds the published description of the feed: JSON Schemas
// (2020-12) of its messages, and asyncapi.yaml (AsyncAPI 3.0.0) of its topics.
//
//	ev.json      a batch of events
//	event.json   one event, each kind under $defs
//	state.json   a terminal's birth and health, and its last will
//	ack.json     the office's watermark
//	office.json  the office's public key
//	export.json  the first line of an exported file
//	common.json  what they share
package schema

import "embed"

// FS holds the files named above.
//
//go:embed *.json asyncapi.yaml
var FS embed.FS
