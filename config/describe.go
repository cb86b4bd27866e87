package config

import (
	"fmt"
	"io"
	"reflect"
	"strings"
	"time"

	"clickbridge/config/strictyaml"
)

// setting is one leaf of Config, as Describe and Reload see it.
type setting struct {
	path   string // "trunks[].uri"
	tag    reflect.StructTag
	value  reflect.Value
	inList bool
}

// leaves lists every setting in the order of the file. Lists of groups are one
// entry of each.
func leaves(v reflect.Value, path string, inList bool) []setting {
	var out []setting
	for _, f := range strictyaml.Fields(v.Type()) {
		at := strings.TrimPrefix(path+"."+f.Name, ".")
		fv := v.Field(f.Index)
		s := setting{path: at, tag: f.Tag, value: fv, inList: inList}
		switch {
		case f.Tag.Get("doc") != "":
			out = append(out, s)
		case fv.Kind() == reflect.Struct:
			out = append(out, leaves(fv, at, inList)...)
		case fv.Kind() == reflect.Slice:
			entry := reflect.New(fv.Type().Elem())
			if d, ok := entry.Interface().(interface{ SetDefaults() }); ok {
				d.SetDefaults()
			}
			out = append(out, leaves(entry.Elem(), at+"[]", true)...)
		}
	}
	return out
}

// Describe prints every setting with its default, its range and its meaning.
func Describe(w io.Writer) error {
	all := leaves(reflect.ValueOf(Default()).Elem(), "", false)
	width := 0
	for _, s := range all {
		width = max(width, len(s.path))
	}
	var b strings.Builder
	b.WriteString(describeHead)
	for _, s := range all {
		def := written(s.value)
		if def == "" {
			def = "(empty)"
		}
		fmt.Fprintf(&b, "\n%-*s  default %s\n", width, s.path, def)
		fmt.Fprintf(&b, "%*s  range   %s\n", width, "", s.tag.Get("range"))
		doc := s.tag.Get("doc")
		if s.tag.Get("live") == "true" {
			doc += " [SIGHUP]"
		}
		for _, line := range wrap(doc, 76) {
			fmt.Fprintf(&b, "%*s  %s\n", width, "", line)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

const describeHead = `Settings of the configuration file (YAML; JSON is YAML too). At least one trunk
is needed, everything else has a default.

A value file:/path is read from that file, without its last newline.
The environment wins over the file: http.listen is CLICKBRIDGE_HTTP_LISTEN,
trunks[0].uri is CLICKBRIDGE_TRUNKS_0_URI, lists are written with commas; an
empty variable counts as not set. Lengths of time: 30s, 15m, 4h, 1h30m; sizes:
500MB, 2GB.
[SIGHUP] marks what a running server takes over when told to reread its file;
everything else needs a restart.
`

// written is a value as the file would have it.
func written(v reflect.Value) string {
	switch x := v.Interface().(type) {
	case time.Duration:
		return short(x)
	case fmt.Stringer:
		return x.String()
	}
	if v.Kind() == reflect.Slice {
		words := make([]string, v.Len())
		for i := range words {
			words[i] = written(v.Index(i))
		}
		return "[" + strings.Join(words, ", ") + "]"
	}
	return fmt.Sprint(v.Interface())
}

// wrap breaks text into lines of at most width characters.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines = append(lines, line)
			line = ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	return append(lines, line)
}
