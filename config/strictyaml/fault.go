package strictyaml

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Place is where a value was written.
type Place struct {
	File      string // file name, or "environment NAME"
	Line, Col int    // from 1; 0 where there is none
}

// String is "file:line:col", the form editors jump to.
func (p Place) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// Fault is one thing that is wrong with a document.
type Fault struct {
	Place Place
	Path  string // "trunks[0].uri"; "" for the whole document
	Text  string // what is wrong and what would be right
}

// Error is "place: path: text".
func (f Fault) Error() string {
	parts := make([]string, 0, 3)
	for _, s := range []string{f.Place.String(), f.Path, f.Text} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, ": ")
}

// Faults is every fault found, in the order of the document.
type Faults []Fault

// Error is one fault on a line.
func (fs Faults) Error() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.Error()
	}
	return strings.Join(lines, "\n")
}

// Sorted returns the faults in reading order, each once.
func (fs Faults) Sorted() Faults {
	out := slices.Clone(fs)
	slices.SortStableFunc(out, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Place.File, b.Place.File),
			cmp.Compare(a.Place.Line, b.Place.Line), cmp.Compare(a.Place.Col, b.Place.Col))
	})
	return slices.Compact(out)
}
