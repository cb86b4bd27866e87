package strictyaml

import (
	"reflect"
	"strconv"

	"github.com/goccy/go-yaml/ast"
)

// maxAliased bounds how many values the aliases of one document may come to.
const maxAliased = 100_000

type decoder struct {
	doc     *Document
	rules   Rules
	anchors map[string]ast.Node
	depth   int // of aliases being followed
	aliased int // values read through one
}

// Decode reads the document into the struct that into points to. Faults are
// kept for Err; what is right is read all the same.
func (d *Document) Decode(into any, rules Rules) {
	if d.root == nil {
		return
	}
	dec := &decoder{doc: d, rules: rules, anchors: map[string]ast.Node{}}
	dec.value(d.root, reflect.ValueOf(into).Elem(), "", Field{})
}

// value reads one node into v.
func (dec *decoder) value(n ast.Node, v reflect.Value, path string, f Field) {
	if !dec.enter(n, path) {
		return
	}
	defer dec.leave(n)
	written := n
	n = dec.resolve(n, path)
	if n == nil {
		return
	}
	if _, null := n.(*ast.NullNode); null {
		return
	}
	if _, alias := written.(*ast.AliasNode); !alias {
		written = n
	}
	if path != "" {
		dec.doc.places[path] = dec.doc.placeOf(written)
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
		prepare(v)
	}
	switch {
	case dec.isPlain(v.Type()):
		dec.scalar(n, v, path, f)
	case v.Kind() == reflect.Struct:
		dec.structure(n, v, path)
	case v.Kind() == reflect.Slice:
		dec.list(n, v, path, f)
	default:
		dec.scalar(n, v, path, f)
	}
}

// enter counts what is read through aliases, and is false when that is enough.
func (dec *decoder) enter(n ast.Node, path string) bool {
	if _, alias := n.(*ast.AliasNode); alias {
		dec.depth++
	}
	if dec.depth == 0 {
		return true
	}
	if dec.aliased++; dec.aliased == maxAliased {
		dec.doc.Fault(path, "the document is too large once its aliases are followed")
	}
	if dec.aliased >= maxAliased {
		dec.leave(n)
		return false
	}
	return true
}

func (dec *decoder) leave(n ast.Node) {
	if _, alias := n.(*ast.AliasNode); alias {
		dec.depth--
	}
}

// resolve follows anchors and aliases, and refuses tags.
func (dec *decoder) resolve(n ast.Node, path string) ast.Node {
	for range 32 {
		switch x := n.(type) {
		case *ast.AnchorNode:
			if x.Name != nil {
				dec.anchors[x.Name.GetToken().Value] = x.Value
			}
			n = x.Value
		case *ast.AliasNode:
			to, ok := dec.anchors[x.Value.GetToken().Value]
			if !ok {
				dec.faultAt(n, path, "no anchor &"+x.Value.GetToken().Value+" stands before this alias")
				return nil
			}
			n = to
		case *ast.TagNode:
			dec.faultAt(n, path, "tags are not supported; write the value without one")
			return nil
		default:
			return n
		}
	}
	return nil
}

func (dec *decoder) structure(n ast.Node, v reflect.Value, path string) {
	fields := Fields(v.Type())
	entries, ok := mappingOf(n)
	if !ok {
		if scalarNode(n) {
			for _, f := range fields {
				if f.Scalar {
					dec.value(n, v.Field(f.Index), path, f)
					return
				}
			}
		}
		dec.faultAt(n, path, "is "+kindOf(n)+"; settings belong here: "+joinWords(names(fields)))
		return
	}
	for _, e := range entries {
		dec.entry(e, v, path, fields)
	}
}

func (dec *decoder) entry(e *ast.MappingValueNode, v reflect.Value, path string, fields []Field) {
	if e.Key.IsMergeKey() {
		dec.faultAt(e.Key, path, "merge keys (<<) are not supported; write the settings out")
		return
	}
	key := e.Key.GetToken().Value
	at := join(path, key)
	for _, f := range fields {
		if f.Name == key {
			dec.doc.places[at] = dec.doc.placeOf(e.Key)
			dec.value(e.Value, v.Field(f.Index), at, f)
			return
		}
	}
	if why, ok := dec.rules.Unsupported[pattern(at)]; ok {
		dec.faultAt(e.Key, at, why)
		return
	}
	dec.faultAt(e.Key, at, "unknown setting; "+Suggest(key, names(fields)))
}

func (dec *decoder) list(n ast.Node, v reflect.Value, path string, f Field) {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		dec.faultAt(n, path, "is "+kindOf(n)+"; a list belongs here: write [ … ] or lines that begin with a dash")
		return
	}
	out := reflect.MakeSlice(v.Type(), len(seq.Values), len(seq.Values))
	v.Set(out)
	for i, e := range seq.Values {
		at := path + "[" + strconv.Itoa(i) + "]"
		prepare(out.Index(i))
		if _, null := e.(*ast.NullNode); null {
			dec.faultAt(e, at, "is empty; write a value or remove the line")
			continue
		}
		dec.value(e, out.Index(i), at, f)
	}
}

func (dec *decoder) faultAt(n ast.Node, path, text string) {
	dec.doc.faults = append(dec.doc.faults, Fault{Place: dec.doc.placeOf(n), Path: path, Text: text})
	dec.doc.misread = append(dec.doc.misread, path)
}

func mappingOf(n ast.Node) ([]*ast.MappingValueNode, bool) {
	switch m := n.(type) {
	case *ast.MappingNode:
		return m.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{m}, true
	}
	return nil, false
}

func scalarNode(n ast.Node) bool {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode, *ast.SequenceNode:
		return false
	}
	return true
}

func kindOf(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a group of settings"
	case *ast.SequenceNode:
		return "a list"
	}
	return "a single value"
}
