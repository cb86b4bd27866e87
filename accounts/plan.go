package accounts

import (
	"fmt"

	"clickbridge"
	"clickbridge/config/strictyaml"
)

// Plan compares files with what the store holds (nil = nothing) and returns the
// changes that make it so, in an order in which they can be made, and the lines
// that tell a person. Credentials are hashed under secretKey. With prune, what
// no file has is removed, whole accounts included; without, what an account of
// these files has and the file has not is told in lines of kind Keep. No
// changes means there is nothing to do.
//
// The error names every conflict, with its place: a name, an id or a credential
// used twice or owned by another account, and references to what would not be
// there.
func Plan(current *clickbridge.Directory, files []*File, secretKey []byte, prune bool) ([]clickbridge.Change, []Line, error) {
	if current == nil {
		current = &clickbridge.Directory{}
	}
	p := &planner{current: index(current), secretKey: secretKey, prune: prune, wanted: map[string]bool{}}
	for _, f := range files {
		for _, e := range f.accounts {
			if p.wanted[e.name] {
				p.fault(f.doc, e.path+".name", "%q is the name of two accounts", e.name)
				continue
			}
			p.wanted[e.name] = true
			p.mine = append(p.mine, merged(p, f.doc, e))
		}
	}
	p.checkIDs()
	p.checkCredentials()
	for _, m := range p.mine {
		p.checkReferences(m)
		p.checkFindMes(m)
	}
	if len(p.faults) > 0 {
		return nil, nil, p.faults.Sorted()
	}
	p.remove()
	p.put()
	return p.changes, p.lines, nil
}

type planner struct {
	current   *indexed
	secretKey []byte
	prune     bool
	wanted    map[string]bool // account names of the files
	mine      []*mergedAccount
	faults    strictyaml.Faults
	changes   []clickbridge.Change
	lines     []Line
}

func (p *planner) fault(doc *strictyaml.Document, path, format string, args ...any) {
	p.faults = append(p.faults, doc.NewFault(path, format, args...))
}

// indexed is a directory by what Plan looks for.
type indexed struct {
	accounts []clickbridge.Account
	byName   map[string]*clickbridge.Account
	names    map[int64]string // account id to name
	keys     []clickbridge.Key
	findMes  []clickbridge.FindMe
	audio    []clickbridge.Audio
	byID     map[int64]*clickbridge.FindMe
}

func index(d *clickbridge.Directory) *indexed {
	x := &indexed{
		accounts: d.Accounts, keys: d.Keys, findMes: d.FindMes, audio: d.Audio,
		byName: map[string]*clickbridge.Account{}, names: map[int64]string{}, byID: map[int64]*clickbridge.FindMe{},
	}
	for i := range d.Accounts {
		a := &d.Accounts[i]
		x.byName[a.Name], x.names[a.ID] = a, a.Name
	}
	for i := range d.FindMes {
		x.byID[d.FindMes[i].ID] = &d.FindMes[i]
	}
	return x
}

// key finds an account's key by its name.
func (x *indexed) key(account int64, name string) *clickbridge.Key {
	for i := range x.keys {
		if k := &x.keys[i]; k.AccountID == account && k.Name == name {
			return k
		}
	}
	return nil
}

// checkIDs refuses FindMe ids that are used twice or belong to an account that
// keeps them.
func (p *planner) checkIDs() {
	owner := map[int64]string{}
	for _, m := range p.mine {
		for _, f := range m.findMes {
			at := f.path + ".id"
			if other, ok := owner[f.next.ID]; ok {
				p.fault(m.doc, at, "%d is the id of two FindMes, one in account %s; ids are unique over all accounts", f.next.ID, other)
			}
			owner[f.next.ID] = m.next.Name
			was := p.current.byID[f.next.ID]
			if was == nil || was.AccountID == m.next.ID && m.was != nil || p.prune {
				continue
			}
			p.fault(m.doc, at, "%d belongs to account %s; take another id, or remove it there first",
				f.next.ID, p.current.names[was.AccountID])
		}
	}
}

// checkCredentials refuses a credential that two keys would have.
func (p *planner) checkCredentials() {
	owner := map[string]string{}
	for _, k := range p.current.keys {
		if !p.replaced(k) {
			owner[credential(k)] = fmt.Sprintf("key %s of account %s", k.Name, p.current.names[k.AccountID])
		}
	}
	for _, m := range p.mine {
		for _, k := range m.keys {
			if other, ok := owner[credential(k.next)]; ok {
				p.fault(m.doc, k.path, "its credential is that of %s; every key needs its own", other)
			}
			owner[credential(k.next)] = fmt.Sprintf("key %s of account %s", k.next.Name, m.next.Name)
		}
	}
}

func credential(k clickbridge.Key) string { return string(k.Kind) + " " + k.Lookup }

// replaced reports whether a stored key will not be there as it is.
func (p *planner) replaced(k clickbridge.Key) bool {
	if p.prune {
		return true
	}
	m := p.of(p.current.names[k.AccountID])
	return m != nil && m.key(k.Name) != nil
}

// of returns the file's account with a name.
func (p *planner) of(name string) *mergedAccount {
	for _, m := range p.mine {
		if m.next.Name == name {
			return m
		}
	}
	return nil
}

// checkReferences refuses names of what the account will not have.
func (p *planner) checkReferences(m *mergedAccount) {
	if n := m.next.DefaultCallerID; n != "" && !m.next.Owns(n) {
		p.fault(m.doc, m.path+".default_caller_id", "%s is not one of the account's numbers; add it to numbers", n)
	}
	for _, k := range m.keys {
		for i, id := range k.next.FindMes {
			if !p.has(m, id) {
				p.fault(m.doc, fmt.Sprintf("%s.findmes[%d]", k.path, i), "%d is not a FindMe of this account", id)
			}
		}
	}
}

// has reports whether the account will have the FindMe.
func (p *planner) has(m *mergedAccount, id int64) bool {
	if m.findMe(id) != nil {
		return true
	}
	f := p.current.byID[id]
	return !p.prune && f != nil && m.was != nil && f.AccountID == m.was.ID
}
