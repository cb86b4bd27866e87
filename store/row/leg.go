package row

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"clickbridge"
)

// errLeg says that a leg record cannot be read.
var errLeg = errors.New("a leg record is broken")

// LegData returns a leg record as the one column it is kept in: it is written
// six times a click, read only by recovery, and never searched. Its fields
// follow one another as LENGTH:TEXT after the version, the routes last; version
// 1 had no agent.
func LegData(l *clickbridge.LegRecord) string {
	return string(AppendLeg(make([]byte, 0, 1024), l))
}

// AppendLeg appends [LegData].
func AppendLeg(b []byte, l *clickbridge.LegRecord) []byte {
	b = append(b, '2', ' ')
	for _, s := range legTexts(l) {
		b = appendField(b, Text(*s))
	}
	b = appendField(b, strconv.FormatUint(uint64(l.CSeq), 10))
	b = appendField(b, Text(string(l.Agent)))
	if l.Exclusive {
		b = appendField(b, "1")
	} else {
		b = appendField(b, "")
	}
	for _, r := range l.Routes {
		b = appendField(b, Text(r))
	}
	return b
}

func appendField(b []byte, s string) []byte {
	b = strconv.AppendInt(b, int64(len(s)), 10)
	return append(append(b, ':'), s...)
}

// legTexts are the text fields in the order they are kept.
func legTexts(l *clickbridge.LegRecord) [16]*string {
	return [...]*string{
		&l.ID, (*string)(&l.CallID), (*string)(&l.AttemptID), &l.Trunk, (*string)(&l.State),
		&l.SIPCallID, &l.LocalURI, &l.LocalTag, &l.RemoteURI, &l.RemoteTag, &l.RequestURI,
		&l.Branch, &l.RemoteTarget, &l.NextHop, &l.Transport, &l.LocalAddr,
	}
}

// Leg is the reverse of [LegData].
func Leg(data string) (l clickbridge.LegRecord, err error) {
	version, rest, _ := strings.Cut(data, " ")
	if version != "1" && version != "2" {
		return l, fmt.Errorf("%w: it is of another version", errLeg)
	}
	fields, err := legFields(rest)
	if err != nil {
		return l, err
	}
	texts := legTexts(&l)
	routes := len(texts) + 1
	if version == "2" {
		routes += 2
	}
	if len(fields) < routes {
		return l, fmt.Errorf("%w: it has %d fields", errLeg, len(fields))
	}
	for i, s := range texts {
		*s = fields[i]
	}
	cseq, err := strconv.ParseUint(fields[len(texts)], 10, 32)
	l.CSeq = uint32(cseq)
	if version == "2" {
		l.Agent, l.Exclusive = clickbridge.Number(fields[routes-2]), fields[routes-1] != ""
	}
	if len(fields) > routes {
		l.Routes = slices.Clone(fields[routes:])
	}
	return l, err
}

func legFields(rest string) (fields []string, err error) {
	whole := len(rest)
	for rest != "" {
		length, after, ok := strings.Cut(rest, ":")
		n, err := strconv.Atoi(length)
		if !ok || err != nil || n < 0 || n > len(after) {
			return nil, fmt.Errorf("%w: at %d of %d bytes", errLeg, whole-len(rest), whole)
		}
		fields, rest = append(fields, after[:n]), after[n:]
	}
	return fields, nil
}
