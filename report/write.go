package report

import (
	"bufio"
	"cmp"
	"context"
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"clickbridge"
	"clickbridge/store"
)

// Source has the calls and their recordings; the store is one.
type Source interface {
	// EachCall calls each for every call the filter chooses, oldest first, until
	// it returns an error, which EachCall returns.
	EachCall(ctx context.Context, f store.Filter, each func(store.Record) error) error
	ListRecordings(ctx context.Context, f store.RecordingFilter) ([]clickbridge.Recording, error)
}

// Reporter writes reports of one source.
type Reporter struct{ src Source }

// New returns a reporter.
func New(src Source) *Reporter { return &Reporter{src: src} }

// Write writes the report to w as it is read. When it fails before the first
// few kilobytes, nothing has been written.
func (r *Reporter) Write(ctx context.Context, w io.Writer, q Query) error {
	return r.write(ctx, w, table{account: q.Account, zone: q.Zone, format: q.Format, filter: q.Filter, columns: columns})
}

// table is a report as it is written.
type table struct {
	account *clickbridge.Account
	zone    *time.Location
	format  Format
	filter  store.Filter
	keep    func(*view) bool // nil = every row
	columns []column
}

func (r *Reporter) write(ctx context.Context, w io.Writer, t table) error {
	out := bufio.NewWriterSize(w, 16<<10)
	v := &view{home: t.account.Country, zone: t.zone, account: t.account, numbers: make(map[clickbridge.Number]string)}
	v.recordings = func() ([]clickbridge.Recording, error) {
		return r.src.ListRecordings(ctx, store.RecordingFilter{AccountID: t.account.ID, CallID: v.Call.ID})
	}
	begin, row, end := t.form(out, v)
	if err := begin(); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	err := r.src.EachCall(ctx, t.filter, func(rec store.Record) error {
		v.Record = rec
		if t.keep != nil && !t.keep(v) {
			return nil
		}
		return cmp.Or(row(), v.err)
	})
	if err == nil {
		err = end()
	}
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return out.Flush()
}

// form returns what writes the beginning, a row and the end of a format.
func (t table) form(w *bufio.Writer, v *view) (begin, row, end func() error) {
	switch t.format {
	case CSV:
		return t.csvForm(w, v, ',')
	case Text:
		return t.csvForm(w, v, '\t')
	}
	return t.xmlForm(w, v)
}

// xmlForm writes a record per click; v is the click whenever row is called.
func (t table) xmlForm(w *bufio.Writer, v *view) (begin, row, end func() error) {
	// A bufio.Writer remembers its first error and repeats it.
	text := func(s string) func() error {
		return func() error {
			_, err := w.WriteString(s)
			return err
		}
	}
	row = func() error {
		_, _ = w.WriteString("\t<record>\n")
		for _, c := range t.columns {
			if c.list != nil {
				writeList(w, c.name, c.list(v))
			} else {
				element(w, "\t\t", c.name, c.text(v))
			}
		}
		return text("\t</record>\n")()
	}
	return text(`<?xml version="1.0" encoding="UTF-8"?>` + "\n<report>\n"), row, text("</report>\n")
}

func writeList(w *bufio.Writer, name string, l list) {
	_, _ = w.WriteString("\t\t<" + name + ">\n")
	for _, e := range l.entries {
		_, _ = w.WriteString("\t\t\t<" + l.entry + ">\n")
		for i, field := range l.fields {
			element(w, "\t\t\t\t", field, e[i])
		}
		_, _ = w.WriteString("\t\t\t</" + l.entry + ">\n")
	}
	_, _ = w.WriteString("\t\t</" + name + ">\n")
}

// element writes one value; what XML cannot carry becomes U+FFFD.
func element(w *bufio.Writer, indent, name, value string) {
	_, _ = w.WriteString(indent + "<" + name + ">")
	_ = xml.EscapeText(w, []byte(value))
	_, _ = w.WriteString("</" + name + ">\n")
}

// csvForm writes a header line and a line per click (RFC 4180, but with plain
// line feeds, which old readers split on).
func (t table) csvForm(w *bufio.Writer, v *view, comma rune) (begin, row, end func() error) {
	out := csv.NewWriter(w)
	out.Comma = comma
	line := make([]string, len(t.columns))
	begin = func() error {
		for i, c := range t.columns {
			line[i] = c.name
		}
		return out.Write(line)
	}
	row = func() error {
		for i, c := range t.columns {
			if c.list != nil {
				line[i] = harmless(c.list(v).cell())
			} else {
				line[i] = harmless(c.text(v))
			}
		}
		return out.Write(line)
	}
	end = func() error {
		out.Flush()
		return out.Error()
	}
	return begin, row, end
}

// harmless makes sure that a cell is one line and that no spreadsheet takes it
// for a formula: an apostrophe in front says that it is text.
func harmless(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == '\n' || r == '\r' || r == '\t' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	if trimmed := strings.TrimLeft(s, " "); trimmed != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(trimmed)[0]) {
		return "'" + s
	}
	return s
}
