// Package tap is the vocabulary of Sourire: what a press becomes, and every
// other event of the journal.
//
// An event is a struct that embeds [Header]. Its JSON field names are the
// contract's; the bytes that are hashed and sent are made by sync/seal.
package tap

// Scale names a set of faces or numbers that a question is answered with.
type Scale string

// The scales of the contract.
const (
	Faces4 Scale = "faces4"
	Faces5 Scale = "faces5"
	YesNo  Scale = "yesno"
	NPS    Scale = "nps"
)

// Scales lists every scale, the default first.
var Scales = []Scale{Faces4, Faces5, YesNo, NPS}

// Choices is the number of answers that the scale offers; 0 for a scale that
// does not exist. Choice 0 is the worst, Choices()-1 the best.
func (s Scale) Choices() int {
	switch s {
	case Faces4:
		return 4
	case Faces5:
		return 5
	case YesNo:
		return 2
	case NPS:
		return 11
	}
	return 0
}

// Flag says something about a press. All flags but [Burst] keep it from being
// counted.
type Flag string

// The flags, in the order in which they are listed.
const (
	Burst  Flag = "burst"  // from the 13th press in 60 s; still counted
	Chord  Flag = "chord"  // two buttons or more at once
	Closed Flag = "closed" // well after closing time
	Repeat Flag = "repeat" // soon after a counted press
	Test   Flag = "test"   // test or cleaning mode
)

// Quality says what a wall time is worth.
type Quality string

// The qualities of a wall time, worst first.
const (
	Unknown Quality = "unknown" // the clock has not been set since power came: the time is later, by nobody knows how much
	Saved   Quality = "saved"   // kept since it was right by other means: an RTC, or by the machine itself in this boot
	Synced  Quality = "synced"  // kept by a time server
)

// Identity names a terminal. Each part matches [a-z0-9][a-z0-9_-]{0,19}.
type Identity struct {
	Chain    string `json:"chain"`
	Store    string `json:"store"`
	Terminal string `json:"terminal"`
}

// String is {chain}/{store}/{terminal}: also the MQTT client id, the
// certificate's CN and the user name.
func (id Identity) String() string { return id.Chain + "/" + id.Store + "/" + id.Terminal }

// ValidID reports whether s may be a chain, store, terminal or question id.
func ValidID(s string) bool {
	if len(s) == 0 || len(s) > 20 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		alnum := 'a' <= c && c <= 'z' || '0' <= c && c <= '9'
		if !alnum && (i == 0 || c != '_' && c != '-') {
			return false
		}
	}
	return true
}

// Valid reports whether every part of the identity is a legal id.
func (id Identity) Valid() bool {
	return ValidID(id.Chain) && ValidID(id.Store) && ValidID(id.Terminal)
}
