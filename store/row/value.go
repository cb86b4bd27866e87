package row

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Text returns s as both engines can keep it: NUL is dropped and each run of
// bytes that is not UTF-8 becomes one U+FFFD.
func Text(s string) string {
	if utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 { // nearly always
		return s
	}
	return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "\uFFFD")
}

// Texts applies [Text] to every element and returns nil for an empty list.
func Texts(l []string) []string {
	if len(l) == 0 {
		return nil
	}
	out := make([]string, len(l))
	for i, s := range l {
		out[i] = Text(s)
	}
	return out
}

// CutText is [Text] of at most n bytes, cut between characters.
func CutText(s string, n int) string {
	s = Text(s)
	if len(s) <= n {
		return s
	}
	s = s[:n]
	for !utf8.ValidString(s) {
		s = s[:len(s)-1]
	}
	return s
}

// Micros returns t in microseconds since 1970, 0 for the zero time.
func Micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// Time is the reverse of [Micros].
func Time(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// JSON returns v as JSON text, "" when v is nothing (an empty list, a struct
// of zeros).
func JSON(v any, empty bool) string {
	if empty {
		return ""
	}
	b, err := json.Marshal(v)
	if err != nil { // only channels, functions and cycles fail: a fault in this package
		panic(fmt.Sprintf("row: %T: %v", v, err))
	}
	return string(b)
}

// timeColumn scans [Micros].
type timeColumn struct{ to *time.Time }

func (c timeColumn) Scan(src any) error {
	us, ok := src.(int64)
	if !ok {
		return fmt.Errorf("a time column holds %T", src)
	}
	*c.to = Time(us)
	return nil
}

// jsonColumn scans what [JSON] wrote.
type jsonColumn struct{ to any }

func (c jsonColumn) Scan(src any) error {
	switch s := src.(type) {
	case string:
		return c.decode([]byte(s))
	case []byte:
		return c.decode(s)
	}
	return fmt.Errorf("a JSON column holds %T", src)
}

func (c jsonColumn) decode(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	return json.Unmarshal(b, c.to)
}
