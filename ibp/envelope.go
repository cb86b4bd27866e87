package ibp

import (
	"cmp"
	"encoding/xml"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// field is an element with a text.
type field struct{ name, text string }

// answer is what an administration action is answered with.
type answer struct {
	result      string // "" = success
	description string
	fields      []field   // beside the description
	records     [][]field // a <record> each
}

// writeAnswer answers success, in the envelope.
func writeAnswer(w http.ResponseWriter, a *answer) {
	var b strings.Builder
	for _, f := range a.fields {
		element(&b, f)
	}
	for _, r := range a.records {
		b.WriteString("\n\t<record>")
		for _, f := range r {
			element(&b, f)
		}
		b.WriteString("</record>")
	}
	if len(a.records) > 0 {
		b.WriteByte('\n')
	}
	writeEnvelope(w, http.StatusOK, cmp.Or(a.result, "success"), a.description, b.String())
}

// writeEnvelope answers in the XML of the administration actions; more is what
// stands beside the description, as XML.
func writeEnvelope(w http.ResponseWriter, status int, result, description, more string) {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n<response>")
	element(&b, field{"result", result})
	element(&b, field{"result_description", description})
	b.WriteString(more + "</response>\n")
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	_, _ = io.WriteString(w, b.String())
}

// element writes one value; what XML cannot carry becomes U+FFFD.
func element(b *strings.Builder, f field) {
	b.WriteString("<" + f.name + ">")
	_ = xml.EscapeText(b, []byte(f.text)) // a Builder does not fail
	b.WriteString("</" + f.name + ">")
}
