package panel

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// pictures writes what every scene looks like to the folder SOURIRE_SHOTS, for
// people to look at. It proves nothing, and does nothing without a folder.
func pictures(t *testing.T, b *browser) {
	dir := os.Getenv("SOURIRE_SHOTS")
	if dir == "" {
		return
	}
	f := newFake()
	s := newService(t, f)
	sizes := [][2]int64{{800, 480}}
	if os.Getenv("SOURIRE_SHOTS_ALL") != "" {
		sizes = [][2]int64{{800, 480}, {1024, 600}, {1280, 800}, {480, 800}, {390, 844}, {640, 360}}
	}
	for _, languages := range [][]string{{"fr", "en"}, {"fr"}, {"en"}, {"ar", "fr"}} {
		for name, scene := range allScenes(languages...) {
			f.show(scene)
			for _, size := range sizes {
				b.Do(chromedp.EmulateViewport(size[0], size[1]), chromedp.Navigate(s.url()))
				b.shows(scene.Kind)
				b.Wait(`[...document.images].every((i) => i.complete) && document.fonts.status === "loaded" && document.body.getAnimations().length === 0`)
				png, err := chromedp.Run(b.Ctx, chromedp.CaptureScreenshot())
				if err != nil {
					t.Fatal(err)
				}
				path := filepath.Join(dir, fmt.Sprintf("%dx%d-%s-%s.png", size[0], size[1], strings.Join(languages, "+"), name))
				if err := os.WriteFile(path, png, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}
