package desk

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"time"

	"sourire/device/web"
)

// current is today's page. An open one asks for it again and again: as long as it
// would say the same, the answer is that it does, and nothing is added up.
func (d *desk) current(w http.ResponseWriter, r *http.Request, f frame) {
	if tag, err := d.tag(f); err == nil { // else the page says so
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	d.answer(w, r, f, http.StatusOK, "today", d.today)
}

// tag names what today's page says: another minute, press, note or trouble has
// another. What wavers by itself, the temperature and the room on the card, is a
// minute old at most.
func (d *desk) tag(f frame) (string, error) {
	notes, err := d.Book.Notes()
	if err != nil {
		return "", err
	}
	now := f.r
	now.Now = now.Now.Truncate(time.Minute)
	now.Celsius, now.Free = 0, 0
	if now.Connected {
		now.Heard = time.Time{}
	}
	said, err := json.Marshal([]any{web.Version(), f.Lang, now, notes})
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(said)
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`, nil
}
