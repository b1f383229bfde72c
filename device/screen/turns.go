package screen

// drifts is how many places the picture of a sleeping screen has, so that no
// pixel of an OLED burns in.
const drifts = 6

// Turns is the scene in one language after the other, for a display that is
// too small for all of them at once. What shows for a moment only stays whole.
func (s Scene) Turns() []Scene {
	langs := s.languages()
	if s.Kind == Asleep {
		var turns []Scene
		for i := range drifts {
			turn := s
			turn.Languages = langs[i%len(langs) : i%len(langs)+1]
			turn.drift = i
			turns = append(turns, turn)
		}
		return turns
	}
	if s.Kind == Thanks || s.Kind == Starting || s.Kind == PIN || s.Kind == Manager {
		return []Scene{s}
	}
	return s.inTurn()
}

// inTurn is the scene in each language.
func (s Scene) inTurn() []Scene {
	if len(s.Languages) < 2 {
		return []Scene{s}
	}
	var turns []Scene
	for i := range s.Languages {
		turn := s
		turn.Languages = s.Languages[i : i+1]
		turns = append(turns, turn)
	}
	return turns
}
