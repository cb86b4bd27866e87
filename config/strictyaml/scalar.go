package strictyaml

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// filePrefix begins a value that is kept in a file of its own.
const filePrefix = "file:"

// maxSecret bounds such a file.
const maxSecret = 64 << 10

// isPlain reports whether one written value makes the type, although its kind
// says otherwise.
func (dec *decoder) isPlain(t reflect.Type) bool {
	_, ok := dec.rules.Parse[t]
	return ok || t == reflect.TypeFor[time.Duration]()
}

func (dec *decoder) scalar(n ast.Node, v reflect.Value, path string, f Field) {
	if !scalarNode(n) {
		dec.faultAt(n, path, "is "+kindOf(n)+"; a single value belongs here")
		return
	}
	text := n.GetToken().Value
	if l, ok := n.(*ast.LiteralNode); ok {
		text = l.Value.Value
	}
	if err := dec.rules.set(v, text, f.Secret); err != nil {
		dec.faultAt(n, path, err.Error())
	}
	dec.doc.from(path, text, dec.rules)
}

// set reads text into v. The error is complete: it quotes the value where that
// is allowed.
func (r Rules) set(v reflect.Value, text string, secret bool) error {
	subject := strconv.Quote(clip(text))
	if secret {
		subject = "the value"
	}
	if path, ok := strings.CutPrefix(text, filePrefix); ok && r.ReadFile != nil {
		content, err := r.readSecret(path)
		if err != nil {
			return err
		}
		text, subject = content, "the content of "+path
	}
	if err := r.parse(v, text); err != nil {
		return fmt.Errorf("%s %w", subject, err)
	}
	return nil
}

func (r Rules) readSecret(path string) (string, error) {
	b, err := r.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("cannot read the file it names: %w", err)
	}
	if len(b) > maxSecret {
		return "", fmt.Errorf("the file %s is larger than %d KiB", path, maxSecret>>10)
	}
	s := strings.TrimSuffix(string(b), "\n")
	return strings.TrimSuffix(s, "\r"), nil
}

func (r Rules) parse(v reflect.Value, text string) error {
	if p, ok := r.Parse[v.Type()]; ok {
		x, err := p(text)
		if err == nil {
			v.Set(reflect.ValueOf(x))
		}
		return err
	}
	if v.Type() == reflect.TypeFor[time.Duration]() {
		d, err := parseDuration(text)
		v.SetInt(int64(d))
		return err
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		return parseBool(v, text)
	case reflect.Int, reflect.Int64:
		i, err := strconv.ParseInt(text, 10, v.Type().Bits())
		if err != nil {
			return errors.New("is not a whole number; write for example 30")
		}
		v.SetInt(i)
	case reflect.Float64:
		x, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			return errors.New("is not a number; write for example 2.5")
		}
		v.SetFloat(x)
	default:
		return fmt.Errorf("cannot be read as %s", v.Type())
	}
	return nil
}

func parseBool(v reflect.Value, text string) error {
	switch text {
	case "true", "True", "TRUE":
		v.SetBool(true)
	case "false", "False", "FALSE":
		v.SetBool(false)
	default:
		return errors.New("is not true or false")
	}
	return nil
}

func parseDuration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err == nil {
		return d, nil
	}
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return 0, fmt.Errorf("has no unit; write for example %ss or %sm", clip(text), clip(text))
	}
	return 0, errors.New("is not a length of time; write for example 30s, 15m, 4h or 1h30m")
}

// clip shortens what a message quotes.
func clip(s string) string {
	if len(s) <= 80 {
		return s
	}
	return strings.ToValidUTF8(s[:77], "") + "…"
}

func joinWords(w []string) string { return strings.Join(w, ", ") }
