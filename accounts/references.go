package accounts

import (
	"fmt"
	"strings"

	"clickbridge"
)

// checkFindMes refuses FindMes whose settings do not go together or name what
// the account does not have or may not dial.
func (p *planner) checkFindMes(m *mergedAccount) {
	for _, f := range m.findMes {
		p.checkWhole(m, f)
		p.checkTransfer(m, f)
		for _, use := range clipsOf(&f.next) {
			if use.name != "" && !p.hasClip(m, use.name) {
				p.fault(m.doc, placeOf(m, f.path, use.names), "%q is not the name of a clip; add it to the account's audio, with its file", use.name)
			}
		}
	}
}

// checkWhole asks the domain, whose errors begin with the setting's name, and
// tells them where that setting was written, or what is around it.
func (p *planner) checkWhole(m *mergedAccount, f mergedFindMe) {
	if err := f.next.Validate(); err != nil {
		name, text, _ := strings.Cut(err.Error(), " ")
		p.fault(m.doc, f.path+"."+name, "%s", strings.TrimPrefix(text, ": "))
	}
}

// checkTransfer holds a transfer to what clicks are held to: the guard against
// toll fraud.
func (p *planner) checkTransfer(m *mergedAccount, f mergedFindMe) {
	n := f.next.Settings.End.Number
	if n == "" {
		return
	}
	at := placeOf(m, f.path, []string{"end.number", "findme_action_parameter", "nextactionitem"})
	switch country := n.Country(m.next.Country); {
	case !m.next.MayDial(country) && len(country) == 2:
		p.fault(m.doc, at, "%s is in %s, which is not among the account's destinations", n, country)
	case !m.next.MayDial(country):
		p.fault(m.doc, at, "%s is in no country of the account's destinations", n)
	case n.Premium():
		p.fault(m.doc, at, "%s is a premium-rate number; calls to such are not allowed", n)
	}
}

// use is a clip that a FindMe plays, and the names its setting may be under.
type use struct {
	name  string
	names []string
}

func clipsOf(f *findMe) []use {
	s := &f.Settings
	return []use{
		{s.Screen.Audio, []string{"screen.audio", "whisper_audio"}},
		{s.Hold.Music, []string{"hold.music", "holdmusic"}},
		{s.Voice.GreetingAudio, []string{"voice.greeting_audio"}},
		{s.Voice.ApologyAudio, []string{"voice.apology_audio"}},
	}
}

// placeOf is the path under which a setting was written.
func placeOf(m *mergedAccount, at string, names []string) string {
	for _, n := range names {
		if m.doc.Has(at + "." + n) {
			return at + "." + n
		}
	}
	return fmt.Sprintf("%s.%s", at, names[0])
}

// hasClip reports whether the account will have an uploaded clip.
func (p *planner) hasClip(m *mergedAccount, name string) bool {
	return m.clip(name) != nil || !p.prune && m.was != nil && p.current.clip(m.was.ID, name) != nil
}

// clip finds an account's clip by its name.
func (x *indexed) clip(account int64, name string) *clickbridge.Audio {
	for i := range x.audio {
		if a := &x.audio[i]; a.AccountID == account && a.Name == name {
			return a
		}
	}
	return nil
}
