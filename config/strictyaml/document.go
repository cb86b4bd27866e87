package strictyaml

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
)

// MaxBytes is the size above which a document is refused.
const MaxBytes = 16 << 20

// Document is one parsed YAML file (or none) with the place of every value
// read from it and the faults found so far.
type Document struct {
	file    string
	root    ast.Node
	places  map[string]Place
	files   map[string]string // path of a value to the file it was kept in
	faults  Faults
	misread []string // paths of what Decode found wrong
}

// Empty returns a document without content; name stands where a file name
// would.
func Empty(name string) *Document {
	return &Document{file: name, places: map[string]Place{}, files: map[string]string{}}
}

// Parse reads data as one YAML document. The error is a Faults.
func Parse(file string, data []byte) (*Document, error) {
	d := Empty(file)
	if len(data) > MaxBytes {
		return nil, Faults{{Place: Place{File: file}, Text: fmt.Sprintf("is larger than %d MiB", MaxBytes>>20)}}
	}
	f, err := parse(data)
	if err != nil {
		return nil, Faults{syntaxFault(file, err)}
	}
	for _, doc := range f.Docs {
		if doc.Body == nil {
			continue
		}
		if d.root != nil {
			return nil, Faults{{Place: d.placeOf(doc.Body), Text: "a second document begins here; a file holds one"}}
		}
		d.root = doc.Body
	}
	return d, nil
}

// parse turns a parser's panic into an error: what it reads comes from
// outside.
func parse(data []byte) (f *ast.File, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("cannot be read as YAML")
		}
	}()
	return parser.Parse(joinFlowEntries(lexer.Tokenize(string(data))), 0)
}

// syntaxFault keeps the message and the place of a parser's error, and leaves
// out the source lines it quotes, which may hold secrets.
func syntaxFault(file string, err error) Fault {
	f := Fault{Place: Place{File: file}, Text: err.Error()}
	var y yaml.Error
	if errors.As(err, &y) {
		f.Text = y.GetMessage()
		if t := y.GetToken(); t != nil && t.Position != nil {
			f.Place.Line, f.Place.Col = t.Position.Line, max(1, t.Position.Column)
		}
	}
	return f
}

func (d *Document) placeOf(n ast.Node) Place {
	p := Place{File: d.file}
	if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		n = m.Values[0].Key // a block mapping's own token is the first colon
	}
	if t := n.GetToken(); t != nil && t.Position != nil {
		p.Line, p.Col = max(1, t.Position.Line), max(1, t.Position.Column)
	}
	return p
}

// Place returns where the value at path was written, or the nearest thing
// around it.
func (d *Document) Place(path string) Place {
	for p := path; p != ""; p = parent(p) {
		if at, ok := d.places[p]; ok {
			return at
		}
	}
	return Place{File: d.file}
}

// Has reports whether the document (or the environment) sets path.
func (d *Document) Has(path string) bool {
	_, ok := d.places[path]
	return ok
}

// Fault records a fault at path. What it says of a value that was kept in a
// file of its own is left out, because it may quote it.
func (d *Document) Fault(path, format string, args ...any) {
	d.faults = append(d.faults, d.NewFault(path, format, args...))
}

// Misread reports whether Decode found a fault at path or within it; where
// nothing is written at path, around it. A check of what stands there would
// repeat that fault or report what follows from it.
func (d *Document) Misread(path string) bool {
	for path != "" && !d.Has(path) {
		path = parent(path)
	}
	return slices.ContainsFunc(d.misread, func(at string) bool {
		rest, ok := strings.CutPrefix(at, path)
		return ok && (rest == "" || path == "" || strings.ContainsAny(rest[:1], ".["))
	})
}

// NewFault returns what Fault would record.
func (d *Document) NewFault(path, format string, args ...any) Fault {
	text := fmt.Sprintf(format, args...)
	if file, ok := d.files[path]; ok {
		text = "the content of " + file + " is not right for this setting"
	}
	return Fault{Place: d.Place(path), Path: path, Text: text}
}

// from remembers that the value at path was kept in a file of its own.
func (d *Document) from(path, text string, r Rules) {
	if file, ok := strings.CutPrefix(text, filePrefix); ok && r.ReadFile != nil {
		d.files[path] = file
	}
}

// Err returns the faults found so far as a Faults, nil when there are none.
func (d *Document) Err() error {
	if len(d.faults) == 0 {
		return nil
	}
	return d.faults.Sorted()
}

// parent returns the path around p: "a[0].b" is in "a[0]", that in "a".
func parent(p string) string {
	if i := strings.LastIndexAny(p, ".["); i >= 0 {
		return p[:i]
	}
	return ""
}
