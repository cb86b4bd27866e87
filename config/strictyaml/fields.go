package strictyaml

import (
	"reflect"
	"strings"
)

// Field is one field of a struct that a document can set.
type Field struct {
	Name   string // the key
	Index  int
	Secret bool
	Scalar bool // stands for the whole struct where a plain value is written
	Tag    reflect.StructTag
}

// Fields lists the settable fields of a struct type in the order they are
// declared.
func Fields(t reflect.Type) []Field {
	var out []Field
	for i := range t.NumField() {
		f := t.Field(i)
		name := f.Tag.Get("yaml")
		if name == "" || name == "-" {
			continue
		}
		out = append(out, Field{
			Name: name, Index: i, Tag: f.Tag,
			Secret: f.Tag.Get("secret") == "true",
			Scalar: f.Tag.Get("scalar") == "true",
		})
	}
	return out
}

func names(fs []Field) []string {
	out := make([]string, len(fs))
	for i, f := range fs {
		out[i] = f.Name
	}
	return out
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// pattern replaces the indices in a path: "trunks[3].uri" is "trunks[].uri".
func pattern(path string) string {
	var b strings.Builder
	inside := false
	for _, r := range path {
		switch {
		case r == '[':
			inside = true
			b.WriteString("[]")
		case r == ']':
			inside = false
		case !inside:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// prepare fills a fresh value with its type's defaults.
func prepare(v reflect.Value) {
	if d, ok := v.Addr().Interface().(interface{ SetDefaults() }); ok {
		d.SetDefaults()
	}
}
