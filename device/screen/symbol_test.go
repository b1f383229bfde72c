package screen

import (
	"encoding/xml"
	"strings"
	"testing"
)

// Every sign is a symbol with a shape for each of its own, in their order.
func TestSymbols(t *testing.T) {
	var doc struct {
		Symbols []struct {
			ID   string `xml:"id,attr"`
			Mask struct {
				Shapes []struct {
					Fill   string `xml:"fill,attr"`
					Stroke string `xml:"stroke,attr"`
				} `xml:",any"`
			} `xml:"mask"`
		} `xml:"symbol"`
	}
	if err := xml.Unmarshal([]byte("<svg>"+Symbols()+"</svg>"), &doc); err != nil || len(doc.Symbols) != len(signs) {
		t.Fatalf("%d symbols, %v", len(doc.Symbols), err)
	}
	for _, s := range doc.Symbols {
		want := signs[Kind(strings.TrimPrefix(s.ID, "sign-"))]
		if len(s.Mask.Shapes) != len(want) || want == nil {
			t.Fatalf("%s has %d shapes, want %d", s.ID, len(s.Mask.Shapes), len(want))
		}
		for i, shape := range s.Mask.Shapes {
			if cut := shape.Fill == "#000" || shape.Stroke == "#000"; cut != want[i].cut {
				t.Errorf("shape %d of %s: cut is %t", i, s.ID, cut)
			}
		}
	}
}
