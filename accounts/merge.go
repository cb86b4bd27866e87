package accounts

import (
	"slices"

	"clickbridge"
	"clickbridge/config/strictyaml"
)

// mergedAccount is an account as it will be: what the store has, changed by
// what the file says.
type mergedAccount struct {
	doc     *strictyaml.Document
	path    string
	was     *clickbridge.Account // nil: new
	next    clickbridge.Account
	keys    []mergedKey
	audio   []mergedAudio
	findMes []mergedFindMe
}

type mergedKey struct {
	path string
	was  *clickbridge.Key
	next clickbridge.Key
}

type mergedFindMe struct {
	path string
	was  *clickbridge.FindMe
	next clickbridge.FindMe
}

func (m *mergedAccount) key(name string) *mergedKey {
	for i := range m.keys {
		if m.keys[i].next.Name == name {
			return &m.keys[i]
		}
	}
	return nil
}

func (m *mergedAccount) findMe(id int64) *mergedFindMe {
	for i := range m.findMes {
		if m.findMes[i].next.ID == id {
			return &m.findMes[i]
		}
	}
	return nil
}

func merged(p *planner, doc *strictyaml.Document, e entry) *mergedAccount {
	m := &mergedAccount{doc: doc, path: e.path, was: p.current.byName[e.name]}
	base := clickbridge.Account{}
	if m.was != nil && !p.prune {
		base = *m.was
	}
	m.next = clickbridge.Account{
		Name: e.name, Country: e.country,
		TimeZone:        or(e.timeZone, orText(base.TimeZone, "UTC")),
		DefaultCallerID: or(e.callerID, base.DefaultCallerID),
		Destinations:    or(e.destinations, base.Destinations),
		DailyCalls:      or(e.dailyCalls, base.DailyCalls),
		NoAnswerTargets: clickbridge.NoAnswerTargets{
			Emails: or(e.emails, base.NoAnswerTargets.Emails),
			SMS:    or(e.sms, base.NoAnswerTargets.SMS),
			URLs:   or(e.urls, base.NoAnswerTargets.URLs),
			Phones: or(e.phones, base.NoAnswerTargets.Phones),
		},
		Numbers:     slices.Clone(e.numbers),
		ShowDialled: or(e.showDialled, base.ShowDialled),
	}
	if m.was != nil {
		m.next.ID = m.was.ID
	}
	for _, n := range base.Numbers {
		if !m.next.Owns(n.Number) {
			m.next.Numbers = append(m.next.Numbers, n)
		}
	}
	for _, a := range e.audio {
		m.audio = append(m.audio, mergeAudio(p, m, a))
	}
	for _, k := range e.keys {
		if m.key(k.name) != nil {
			p.fault(doc, k.path+".name", "%q is the name of two keys of this account", k.name)
		}
		m.keys = append(m.keys, mergeKey(p, m, k))
	}
	for _, f := range e.findMes {
		m.findMes = append(m.findMes, mergeFindMe(p, m, f))
	}
	return m
}

func mergeKey(p *planner, m *mergedAccount, e keyEntry) mergedKey {
	k := mergedKey{path: e.path, next: clickbridge.Key{
		Name: e.name, Kind: e.kind, FindMes: e.findMes,
		Lookup: clickbridge.HashSecret(p.secretKey, e.kind, e.lookup),
	}}
	if e.kind == clickbridge.PairKey {
		k.next.Secret = clickbridge.HashSecret(p.secretKey, e.kind, e.secret)
	}
	var base []string
	if m.was != nil {
		k.next.AccountID = m.was.ID
		if k.was = p.current.key(m.was.ID, e.name); k.was != nil {
			k.next.ID = k.was.ID
			if !p.prune && k.was.Kind == e.kind {
				base = k.was.Origins
			}
		}
	}
	k.next.Origins = or(e.origins, base)
	return k
}

func mergeFindMe(p *planner, m *mergedAccount, e findMeEntry) mergedFindMe {
	f := mergedFindMe{path: e.path}
	base := clickbridge.FindMe{Timeout: clickbridge.DefaultRingTime, LoopCount: clickbridge.DefaultLoops}
	if m.was != nil {
		if was := p.current.byID[e.id]; was != nil && was.AccountID == m.was.ID {
			f.was = was
			if !p.prune {
				base = *was
			}
		}
	}
	f.next = base
	f.next.ID, f.next.AccountID = e.id, 0
	for _, set := range e.sets {
		set(&f.next)
	}
	if m.was != nil {
		f.next.AccountID = m.was.ID
	}
	if f.was == nil && !e.numbers {
		p.fault(m.doc, e.path, "numbers is needed for a new FindMe: whom it rings")
	}
	return f
}

// or is what was written, else what holds already.
func or[T any](written *T, otherwise T) T {
	if written != nil {
		return *written
	}
	return otherwise
}

func orText(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
