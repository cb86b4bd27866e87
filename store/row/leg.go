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
// follow one another as LENGTH:TEXT, the routes last; a later version may only
// put a new field before them by counting up the first.
func LegData(l *clickbridge.LegRecord) string {
	b := make([]byte, 0, 1024)
	b = append(b, '1', ' ')
	for _, s := range legTexts(l) {
		b = appendField(b, Text(*s))
	}
	b = appendField(b, strconv.FormatUint(uint64(l.CSeq), 10))
	for _, r := range l.Routes {
		b = appendField(b, Text(r))
	}
	return string(b)
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
	rest, ok := strings.CutPrefix(data, "1 ")
	if !ok {
		return l, fmt.Errorf("%w: it is of another version", errLeg)
	}
	var fields []string
	for rest != "" {
		length, after, ok := strings.Cut(rest, ":")
		n, err := strconv.Atoi(length)
		if !ok || err != nil || n < 0 || n > len(after) {
			return l, fmt.Errorf("%w: at %d of %d bytes", errLeg, len(data)-len(rest), len(data))
		}
		fields, rest = append(fields, after[:n]), after[n:]
	}
	texts := legTexts(&l)
	if len(fields) <= len(texts) {
		return l, fmt.Errorf("%w: it has %d fields", errLeg, len(fields))
	}
	for i, s := range texts {
		*s = fields[i]
	}
	cseq, err := strconv.ParseUint(fields[len(texts)], 10, 32)
	l.CSeq = uint32(cseq)
	if routes := fields[len(texts)+1:]; len(routes) > 0 {
		l.Routes = slices.Clone(routes)
	}
	return l, err
}
