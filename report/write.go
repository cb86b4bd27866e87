package report

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"clickbridge"
	"clickbridge/store"
)

// Source streams calls; the store is one.
type Source interface {
	// EachCall calls each for every call the filter chooses, oldest first, until
	// it returns an error, which EachCall returns.
	EachCall(ctx context.Context, f store.Filter, each func(store.Record) error) error
}

// Reporter writes reports of one source.
type Reporter struct{ src Source }

// New returns a reporter.
func New(src Source) *Reporter { return &Reporter{src: src} }

// Write writes the report to w as it is read. When it fails before the first
// few kilobytes, nothing has been written.
func (r *Reporter) Write(ctx context.Context, w io.Writer, q Query) error {
	out := bufio.NewWriterSize(w, 16<<10)
	v := &view{home: q.Account.Country, zone: q.Zone, numbers: make(map[clickbridge.Number]string)}
	write := writeXML
	if q.Format == CSV {
		write = writeCSV
	}
	err := write(out, v, func(each func() error) error {
		return r.src.EachCall(ctx, q.Filter, func(rec store.Record) error {
			v.Record = rec
			return each()
		})
	})
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return out.Flush()
}

// writeXML writes a record per click; v is the click whenever rows calls back.
func writeXML(w *bufio.Writer, v *view, rows func(each func() error) error) error {
	_, _ = w.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n<report>\n")
	err := rows(func() error {
		_, _ = w.WriteString("\t<record>\n")
		for _, c := range columns {
			if c.list != nil {
				writeList(w, c.name, c.list(v))
			} else {
				element(w, "\t\t", c.name, c.text(v))
			}
		}
		// A bufio.Writer remembers its first error and repeats it here.
		_, err := w.WriteString("\t</record>\n")
		return err
	})
	if err != nil {
		return err
	}
	_, err = w.WriteString("</report>\n")
	return err
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

// writeCSV writes a header line and a line per click (RFC 4180, but with plain
// line feeds, which old readers split on).
func writeCSV(w *bufio.Writer, v *view, rows func(each func() error) error) error {
	out := csv.NewWriter(w)
	line := make([]string, len(columns))
	for i, c := range columns {
		line[i] = c.name
	}
	if err := out.Write(line); err != nil {
		return err
	}
	err := rows(func() error {
		for i, c := range columns {
			if c.list != nil {
				line[i] = harmless(c.list(v).cell())
			} else {
				line[i] = harmless(c.text(v))
			}
		}
		return out.Write(line)
	})
	if err != nil {
		return err
	}
	out.Flush()
	return out.Error()
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
