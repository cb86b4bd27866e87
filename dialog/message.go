package dialog

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"
)

// message is one SIP message as it came. What every message is asked for is
// read once; the rest is looked up where it is needed. Its strings are parts of
// one copy of the whole text: what outlives the message is cloned.
type message struct {
	status int    // 0 = a request
	reason string // of a response
	method string // of a request, or what a response answers
	uri    string // Request-URI

	callID, fromTag, toTag string
	via, branch            string // the top Via's value and branch
	cseq                   uint32
	foreign                bool   // a request of another version of SIP
	head                   string // header lines, folded ones made whole
	body                   []byte
	text                   string

	from netip.AddrPort
	in   *listener // whose datagram it was; nil over TCP
}

// Why a datagram is not a message.
var (
	errCut     = errors.New("message is cut short")
	errLine    = errors.New("malformed line")
	errStart   = errors.New("malformed start line")
	errNumber  = errors.New("malformed number")
	errMissing = errors.New("no Via, CSeq or Call-ID")
)

// parse reads one whole message (RFC 3261 7). It asks for no more than is
// needed to find whose the message is and to answer it.
func parse(b []byte) (*message, error) {
	text := strings.TrimLeft(string(b), "\r\n")
	end := strings.Index(text, "\r\n\r\n")
	if end < 0 {
		return nil, errCut
	}
	head := text[:end+2]
	m := &message{text: text}
	start, rest, err := cutLine(head)
	if err != nil {
		return nil, err
	}
	if err := m.readStart(start); err != nil {
		return nil, err
	}
	m.head = rest
	if folded(rest) {
		m.head = unfold(rest)
	}
	said, err := m.readHead()
	if err != nil {
		return nil, err
	}
	body := text[end+4:]
	if said > len(body) {
		return nil, errCut // RFC 3261 18.3
	}
	if said >= 0 {
		body = body[:said]
	}
	if body != "" {
		m.body = []byte(body)
	}
	return m, nil
}

// cutLine takes the first line off a head. A line end within a line would let
// its writer put lines into what we send.
func cutLine(s string) (line, rest string, err error) {
	i := strings.IndexByte(s, '\n')
	if i < 1 || s[i-1] != '\r' || strings.IndexByte(s[:i-1], '\r') >= 0 {
		return "", "", errLine
	}
	return s[:i-1], s[i+1:], nil
}

// folded reports whether any line goes on in the next (RFC 3261 7.3.1).
func folded(head string) bool {
	for {
		i := strings.IndexByte(head, '\n')
		if i < 0 || i+1 == len(head) {
			return false
		}
		if head = head[i+1:]; blank(head[0]) {
			return true
		}
	}
}

// unfold joins such lines.
func unfold(head string) string {
	var b strings.Builder
	b.Grow(len(head))
	for i := 0; i < len(head); i++ {
		if strings.HasPrefix(head[i:], "\r\n") && i+2 < len(head) && blank(head[i+2]) {
			i += 2
			for i+1 < len(head) && blank(head[i+1]) {
				i++
			}
			b.WriteByte(' ')
			continue
		}
		b.WriteByte(head[i])
	}
	return b.String()
}

func blank(c byte) bool { return c == ' ' || c == '\t' }

const version = "SIP/2.0"

// readStart reads the request or status line.
func (m *message) readStart(line string) error {
	first, rest, _ := strings.Cut(line, " ")
	second, third, ok := strings.Cut(rest, " ")
	if !ok || first == "" || second == "" {
		return errStart
	}
	if len(first) > 4 && strings.EqualFold(first[:4], "SIP/") {
		n, err := strconv.ParseUint(second, 10, 16)
		if err != nil || n < 100 || n > 699 {
			return errStart
		}
		m.status, m.reason = int(n), third
		return nil
	}
	if len(third) < 5 || !strings.EqualFold(third[:4], "SIP/") || strings.IndexByte(third, ' ') >= 0 {
		return errStart
	}
	m.method, m.uri, m.foreign = first, second, !strings.EqualFold(third, version)
	return nil
}

// readHead reads the headers that name the transaction and the dialog, the
// first of each, and returns the length the body is said to have, -1 without one.
func (m *message) readHead() (said int, err error) {
	said = -1
	answers, numbered := "", false
	for rest := m.head; rest != ""; {
		var line string
		if line, rest, err = cutLine(rest); err != nil {
			return 0, err
		}
		name, value, ok := cutField(line)
		if !ok {
			return 0, errLine
		}
		kind := short(name)
		if kind == 0 {
			continue
		}
		value = strings.Trim(value, " \t")
		switch kind {
		case 'v':
			if m.via == "" {
				m.via, _ = cutItem(value)
				m.branch, _ = param(m.via, "branch")
			}
		case 'f':
			if m.fromTag == "" {
				_, params := address(value)
				m.fromTag, _ = param(params, "tag")
			}
		case 't':
			if m.toTag == "" {
				_, params := address(value)
				m.toTag, _ = param(params, "tag")
			}
		case 'i':
			if m.callID == "" {
				m.callID = value
			}
		case cseqField:
			if numbered {
				continue
			}
			if m.cseq, answers, err = readCSeq(value); err != nil {
				return 0, err
			}
			numbered = true
		case 'l':
			n, err := strconv.ParseUint(value, 10, 31)
			if err != nil {
				return 0, errNumber
			}
			if said < 0 {
				said = int(n)
			}
		}
	}
	if m.via == "" || m.callID == "" || !numbered {
		return 0, errMissing
	}
	if m.status != 0 {
		m.method = answers
	} else if m.method != answers {
		return 0, errStart // RFC 3261 8.1.1.5
	}
	return said, nil
}

// readCSeq reads a CSeq: a number below 2**31 and a method.
func readCSeq(v string) (uint32, string, error) {
	number, method, _ := strings.Cut(v, " ")
	n, err := strconv.ParseUint(number, 10, 31)
	if err != nil {
		return 0, "", errNumber
	}
	return uint32(n), strings.TrimSpace(method), nil
}

func (m *message) provisional() bool { return m.status < 200 }
func (m *message) success() bool     { return m.status >= 200 && m.status <= 299 }
