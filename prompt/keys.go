package prompt

import "clickbridge/leg"

// Keys are those an agent may press: 0-9, * or #; 0 means not offered.
type Keys struct{ Accept, Decline, Pass, OptOut rune }

// DefaultKeys are those of the sentences that are spoken in one breath.
var DefaultKeys = Keys{Accept: '1', Decline: '2'}

// Press tells which keys there are. No keys, no words.
func (v *Voice) Press(k Keys) []*leg.Clip {
	if k == DefaultKeys {
		return v.clips.take("press")
	}
	return v.clips.take(k.composed()...)
}

// ScreenAgain is the reminder of the keys, for an agent who has not decided.
func (v *Voice) ScreenAgain(k Keys) []*leg.Clip {
	if k == DefaultKeys {
		return v.clips.take("press-again")
	}
	return v.clips.take(k.composed()...)
}

// composed names the clips of "to accept, press 5; to decline, press star".
func (k Keys) composed() []string {
	var names []string
	for _, offer := range []struct {
		clip string
		key  rune
	}{
		{"to-accept", k.Accept}, {"to-decline", k.Decline}, {"to-pass", k.Pass}, {"to-opt-out", k.OptOut},
	} {
		if word := keyWord(offer.key); word != "" {
			names = append(names, offer.clip, "last-"+word, pause)
		}
	}
	return names
}

// keyWord is what a key is called in clips; "" for what is no such key.
func keyWord(key rune) string {
	switch {
	case key >= '0' && key <= '9':
		return string(key)
	case key == '*':
		return "star"
	case key == '#':
		return "pound"
	}
	return ""
}
