package accounts

import (
	"cmp"
	"fmt"
	"slices"

	"clickbridge"
)

// remove plans what no file has. Keys, FindMes and the clips they may play go
// before their accounts, and everything goes before anything is put, so that
// what is freed can be taken.
func (p *planner) remove() {
	for _, k := range p.current.keys {
		owner := p.current.names[k.AccountID]
		m := p.of(owner)
		if m != nil && m.key(k.Name) != nil {
			continue
		}
		p.absent(m, clickbridge.Change{Op: clickbridge.OpDelete, Owner: owner, Key: &k}, keyLabel(k, owner))
	}
	for _, f := range p.current.findMes {
		owner := p.current.names[f.AccountID]
		m := p.of(owner)
		if m != nil && m.findMe(f.ID) != nil {
			continue
		}
		p.absent(m, clickbridge.Change{Op: clickbridge.OpDelete, Owner: owner, FindMe: &f}, findMeLabel(f, owner))
	}
	for _, a := range p.current.audio {
		owner := p.current.names[a.AccountID]
		m := p.of(owner)
		if m != nil && m.clip(a.Name) != nil {
			continue
		}
		p.absent(m, clickbridge.Change{Op: clickbridge.OpDelete, Owner: owner, Audio: &a}, audioLabel(a, owner))
	}
	for _, a := range p.current.accounts {
		if p.of(a.Name) == nil {
			p.absent(nil, clickbridge.Change{Op: clickbridge.OpDelete, Owner: a.Name, Account: &a}, "account "+a.Name)
		}
	}
}

// absent plans or tells what becomes of one thing that no file has.
func (p *planner) absent(m *mergedAccount, c clickbridge.Change, what string) {
	switch {
	case p.prune:
		p.changes = append(p.changes, c)
		p.lines = append(p.lines, Line{Kind: Remove, What: what})
	case m != nil:
		p.lines = append(p.lines, Line{Kind: Keep, What: what})
	}
}

// put plans what is new or different.
func (p *planner) put() {
	for _, m := range p.mine {
		p.putOne(clickbridge.Change{Owner: m.next.Name, Account: &m.next}, "account "+m.next.Name,
			m.was == nil, accountFields(m.was, m.next))
	}
	for _, m := range p.mine {
		for _, a := range m.audio {
			p.putOne(clickbridge.Change{Owner: m.next.Name, Audio: &a.next}, audioLabel(a.next, m.next.Name),
				a.was == nil, audioFields(a.was, a.next))
		}
	}
	for _, m := range p.mine {
		for _, f := range m.findMes {
			p.putOne(clickbridge.Change{Owner: m.next.Name, FindMe: &f.next}, findMeLabel(f.next, m.next.Name),
				f.was == nil, findMeFields(f.was, f.next))
		}
	}
	for _, m := range p.mine {
		for _, k := range m.keys {
			p.putOne(clickbridge.Change{Owner: m.next.Name, Key: &k.next}, keyLabel(k.next, m.next.Name),
				k.was == nil, keyFields(k.was, k.next))
		}
	}
	slices.SortStableFunc(p.lines, func(a, b Line) int { return cmp.Compare(a.Kind.order(), b.Kind.order()) })
}

func (p *planner) putOne(c clickbridge.Change, what string, created bool, fields []string) {
	if !created && len(fields) == 0 {
		return
	}
	kind := Update
	if created {
		kind = Create
	}
	c.Op = clickbridge.OpPut
	p.changes = append(p.changes, c)
	p.lines = append(p.lines, Line{Kind: kind, What: what, Fields: fields})
}

func keyLabel(k clickbridge.Key, owner string) string {
	return fmt.Sprintf("%s key %q of account %s", k.Kind, k.Name, owner)
}

func findMeLabel(f clickbridge.FindMe, owner string) string {
	if f.Name == "" {
		return fmt.Sprintf("FindMe %d of account %s", f.ID, owner)
	}
	return fmt.Sprintf("FindMe %d %q of account %s", f.ID, f.Name, owner)
}
