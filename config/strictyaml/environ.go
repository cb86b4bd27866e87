package strictyaml

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// maxListed bounds the lists that variables can make: PREFIX_TRUNKS_0_URI up
// to PREFIX_TRUNKS_31_URI.
const maxListed = 32

// Environ sets fields of the struct that into points to from variables
// ("NAME=value") named prefix_PATH in capitals: http.listen is
// PREFIX_HTTP_LISTEN, trunks[0].uri PREFIX_TRUNKS_0_URI; a list of plain values
// is written with commas. They win over the document. An empty variable counts
// as not set. It returns the variables with the prefix that name nothing: not
// faults, because platforms make such names by themselves.
func (d *Document) Environ(prefix string, env []string, into any, rules Rules) (unknown []string) {
	vars := map[string]string{}
	for _, kv := range env {
		if name, value, ok := strings.Cut(kv, "="); ok && value != "" && strings.HasPrefix(name, prefix+"_") {
			vars[name] = value
		}
	}
	e := &overlay{doc: d, rules: rules, vars: vars, dec: &decoder{rules: rules}}
	e.walk(prefix, reflect.ValueOf(into).Elem(), "", Field{})
	for name := range vars {
		unknown = append(unknown, name)
	}
	slices.Sort(unknown)
	return unknown
}

type overlay struct {
	doc   *Document
	rules Rules
	vars  map[string]string
	dec   *decoder
}

func (e *overlay) walk(name string, v reflect.Value, path string, f Field) {
	switch {
	case e.dec.isPlain(v.Type()):
		e.plain(name, v, path, f)
	case v.Kind() == reflect.Struct:
		for _, f := range Fields(v.Type()) {
			e.walk(name+"_"+strings.ToUpper(f.Name), v.Field(f.Index), join(path, f.Name), f)
		}
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct && !e.dec.isPlain(v.Type().Elem()):
		e.structs(name, v, path, f)
	case v.Kind() == reflect.Slice:
		e.list(name, v, path, f)
	default:
		e.plain(name, v, path, f)
	}
}

func (e *overlay) plain(name string, v reflect.Value, path string, f Field) {
	text, ok := e.take(name, path)
	if !ok {
		return
	}
	if err := e.rules.set(v, text, f.Secret); err != nil {
		e.doc.Fault(path, "%s", err.Error())
	}
	e.doc.from(path, text, e.rules)
}

// take removes a variable from those not yet used and makes it the place of
// path.
func (e *overlay) take(name, path string) (string, bool) {
	text, ok := e.vars[name]
	if ok {
		delete(e.vars, name)
		delete(e.doc.files, path)
		e.doc.places[path] = Place{File: "environment " + name}
	}
	return text, ok
}

func (e *overlay) list(name string, v reflect.Value, path string, f Field) {
	text, ok := e.take(name, path)
	if !ok {
		return
	}
	words := strings.Split(text, ",")
	out := reflect.MakeSlice(v.Type(), len(words), len(words))
	for i, w := range words {
		at := fmt.Sprintf("%s[%d]", path, i)
		e.doc.places[at] = e.doc.places[path]
		if err := e.rules.set(out.Index(i), strings.TrimSpace(w), f.Secret); err != nil {
			e.doc.Fault(at, "%s", err.Error())
		}
		e.doc.from(at, strings.TrimSpace(w), e.rules)
	}
	v.Set(out)
}

// structs changes entries that the document has and appends the next ones, for
// as long as variables name them without a gap.
func (e *overlay) structs(name string, v reflect.Value, path string, f Field) {
	for i := range maxListed {
		entry := name + "_" + strconv.Itoa(i)
		if !e.any(entry + "_") {
			if i >= v.Len() {
				return
			}
			continue
		}
		if i >= v.Len() {
			fresh := reflect.New(v.Type().Elem()).Elem()
			prepare(fresh)
			v.Set(reflect.Append(v, fresh))
		}
		e.walk(entry, v.Index(i), fmt.Sprintf("%s[%d]", path, i), f)
	}
}

func (e *overlay) any(prefix string) bool {
	for name := range e.vars {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
