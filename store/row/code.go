package row

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// ErrCode says that coded fields cannot be read.
var ErrCode = errors.New("coded fields are broken")

// AppendText appends [Text] of s after its length.
func AppendText[S ~string](b []byte, s S) []byte {
	t := Text(string(s))
	return append(binary.AppendUvarint(b, uint64(len(t))), t...)
}

// AppendInt appends a whole number.
func AppendInt[I ~int | ~int64](b []byte, n I) []byte { return binary.AppendVarint(b, int64(n)) }

func appendTime(b []byte, t time.Time) []byte { return binary.AppendVarint(b, Micros(t)) }

func appendTexts(b []byte, l []string) []byte {
	b = AppendInt(b, len(l))
	for _, s := range l {
		b = AppendText(b, s)
	}
	return b
}

// Decoder reads, one after the other, what the Append functions wrote. Beyond
// the end every field is its zero: a field added later is not in what was
// written before. The first fault sticks.
type Decoder struct {
	b   []byte
	err error
}

// Decode returns a decoder of b.
func Decode(b []byte) *Decoder { return &Decoder{b: b} }

// Err returns what was wrong, or that something is left which this program does
// not know.
func (d *Decoder) Err() error {
	if d.err == nil && len(d.b) > 0 {
		return fmt.Errorf("%w: %d bytes too many", ErrCode, len(d.b))
	}
	return d.err
}

func (d *Decoder) fail() {
	if d.err == nil {
		d.err = fmt.Errorf("%w: %d bytes before the end", ErrCode, len(d.b))
	}
	d.b = nil
}

// Int reads a whole number.
func (d *Decoder) Int() int64 {
	if len(d.b) == 0 {
		return 0
	}
	v, n := binary.Varint(d.b)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[n:]
	return v
}

// Text reads a text.
func (d *Decoder) Text() string {
	if len(d.b) == 0 {
		return ""
	}
	size, n := binary.Uvarint(d.b)
	if n <= 0 || size > uint64(len(d.b)-n) {
		d.fail()
		return ""
	}
	s := string(d.b[n : n+int(size)])
	d.b = d.b[n+int(size):]
	return s
}

func (d *Decoder) time() time.Time { return Time(d.Int()) }

func (d *Decoder) texts() []string {
	var out []string
	for n := d.Int(); n > 0; n-- {
		if len(d.b) == 0 {
			d.fail()
			break
		}
		out = append(out, d.Text())
	}
	return out
}

// Rest reads all that is left.
func (d *Decoder) Rest() string {
	s := string(d.b)
	d.b = nil
	return s
}
