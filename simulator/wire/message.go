package wire

import (
	"errors"
	"strconv"
	"strings"
)

// Errors of Parse.
var (
	// ErrMalformed is returned for bytes that are no SIP message.
	ErrMalformed = errors.New("wire: not a SIP message")
	// ErrIncomplete is returned when one of the headers every message must
	// have (RFC 3261 8.1.1) is missing or CSeq does not fit the request line.
	ErrIncomplete = errors.New("wire: a mandatory header is missing or wrong")
	// ErrShort is returned when the body is shorter than Content-Length says.
	ErrShort = errors.New("wire: body shorter than Content-Length")
)

// Message is one SIP message. Its strings are pieces of one copy of the bytes
// received and are echoed verbatim in answers.
type Message struct {
	Method string // "" for a response
	URI    string // Request-URI, requests only
	Status int    // responses only
	Reason string

	CallID     string
	From, To   string // whole header values
	CSeq       uint32
	CSeqMethod string
	Via        Via // the topmost
	Body       []byte

	headers []header
}

type header struct{ name, value string }

// Parse reads one message. The bytes may be reused afterwards. With
// ErrIncomplete and ErrShort the message is returned too, as far as it was
// read.
func Parse(b []byte) (*Message, error) {
	text := string(b)
	line, rest, ok := cutLine(text)
	if !ok {
		return nil, ErrMalformed
	}
	m := &Message{headers: make([]header, 0, 16)}
	if err := m.startLine(line); err != nil {
		return nil, err
	}
	rest, ok = m.readHeaders(rest)
	if !ok {
		return nil, ErrMalformed
	}
	if err := m.known(); err != nil {
		return m, err
	}
	return m, m.readBody(rest)
}

// cutLine cuts at the first line end; a bare LF counts too (be liberal).
func cutLine(s string) (line, rest string, ok bool) {
	i := strings.IndexByte(s, '\n')
	if i < 0 {
		return "", "", false
	}
	line = s[:i]
	if i > 0 && line[i-1] == '\r' {
		line = line[:i-1]
	}
	return line, s[i+1:], true
}

func (m *Message) startLine(line string) error {
	a, rest, ok := strings.Cut(line, " ")
	if !ok {
		return ErrMalformed
	}
	b, c, _ := strings.Cut(rest, " ")
	if a == "SIP/2.0" {
		n, err := strconv.Atoi(b)
		if err != nil || n < 100 || n > 699 {
			return ErrMalformed
		}
		m.Status, m.Reason = n, c
		return nil
	}
	if c != "SIP/2.0" || !token(a) || b == "" {
		return ErrMalformed
	}
	m.Method, m.URI = a, b
	return nil
}

// readHeaders reads up to the empty line and returns what follows it.
func (m *Message) readHeaders(s string) (string, bool) {
	for {
		line, rest, ok := cutLine(s)
		if !ok {
			return "", false
		}
		s = rest
		if line == "" {
			return s, true
		}
		if line[0] == ' ' || line[0] == '\t' { // folding, RFC 3261 7.3.1
			if n := len(m.headers); n > 0 {
				m.headers[n-1].value += " " + strings.TrimSpace(line)
				continue
			}
			return "", false
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return "", false
		}
		m.headers = append(m.headers, header{strings.TrimSpace(name), strings.TrimSpace(value)})
	}
}

func (m *Message) known() error {
	m.CallID, m.From, m.To = m.Get("Call-ID"), m.Get("From"), m.Get("To")
	num, method, _ := strings.Cut(m.Get("CSeq"), " ")
	n, err := strconv.ParseUint(num, 10, 32)
	m.CSeq, m.CSeqMethod = uint32(n), strings.TrimSpace(method)
	via, ok := parseVia(firstItem(m.Get("Via")))
	m.Via = via
	switch {
	case err != nil, !ok, m.CallID == "", m.From == "", m.To == "", m.CSeqMethod == "",
		m.Method != "" && m.CSeqMethod != m.Method:
		return ErrIncomplete
	}
	return nil
}

func (m *Message) readBody(rest string) error {
	v := m.Get("Content-Length")
	if v == "" {
		m.Body = []byte(rest)
		return nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 0 {
		return ErrIncomplete
	}
	if n > len(rest) {
		return ErrShort
	}
	m.Body = []byte(rest[:n])
	return nil
}

// Get returns the first value of the header, "" when it is not there. The name
// may be written in full or in its compact form in the message; ask for the
// full one.
func (m *Message) Get(name string) string {
	short := compact(name)
	for i := range m.headers {
		h := &m.headers[i]
		if len(h.name) == len(name) && strings.EqualFold(h.name, name) ||
			short != 0 && len(h.name) == 1 && h.name[0]|0x20 == short {
			return h.value
		}
	}
	return ""
}

// All returns every value of the header in order, comma-separated ones taken
// apart.
func (m *Message) All(name string) []string {
	short := compact(name)
	var out []string
	for i := range m.headers {
		h := &m.headers[i]
		if strings.EqualFold(h.name, name) || short != 0 && len(h.name) == 1 && h.name[0]|0x20 == short {
			for v := h.value; v != ""; {
				item := firstItem(v)
				if t := strings.TrimSpace(item); t != "" {
					out = append(out, t)
				}
				v = strings.TrimPrefix(v[len(item):], ",")
			}
		}
	}
	return out
}

// compact returns the one-letter form of a header name, RFC 3261 7.3.3.
func compact(name string) byte {
	switch name {
	case "Via":
		return 'v'
	case "From":
		return 'f'
	case "To":
		return 't'
	case "Call-ID":
		return 'i'
	case "Contact":
		return 'm'
	case "Content-Length":
		return 'l'
	case "Content-Type":
		return 'c'
	}
	return 0
}

func token(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("()<>@,;:\\\"/[]?={}", c) >= 0 {
			return false
		}
	}
	return s != ""
}
