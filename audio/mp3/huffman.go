package mp3

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"
)

// codeWords are the tables of ISO/IEC 11172-3, Annex B, table 3-B.7, as it
// prints them: a row for each x, in it a code word for each y. Tables 32 and 33
// have one row, the word of each group of four.
//
//go:embed huffman.txt
var codeWords string

// code is a table as a tree. An entry at or above zero is the next pair of
// entries, one for each bit; below it is ^value.
type code [][2]int16

// linBits are how many bits follow a value of 15 in tables 16-31, which use the
// words of table 16 or 24.
var linBits = [32]int{16: 1, 2, 3, 4, 6, 8, 10, 13, 4, 5, 6, 7, 8, 9, 11, 13}

// codes are the trees by the number of their table; nil is a table of zeros.
var codes = sync.OnceValue(func() *[34]code {
	var all [34]code
	table, width, x := 0, 0, 0
	for line := range strings.Lines(codeWords) {
		words := strings.Fields(line)
		if words[0] == "table" {
			table, _ = strconv.Atoi(words[1])
			width, _ = strconv.Atoi(words[2])
			all[table], x = code{{}}, 0
			continue
		}
		for y, w := range words {
			value := x*16 + y
			if width == 16 && len(words) == 16 && table >= 32 {
				value = y
			}
			all[table].put(w, value)
		}
		x++
	}
	for i := 17; i < 24; i++ {
		all[i] = all[16]
	}
	for i := 25; i < 32; i++ {
		all[i] = all[24]
	}
	return &all
})

// put adds a word. Entry 0 is nobody's child, so 0 means empty.
func (c *code) put(word string, value int) {
	at := 0
	for i, r := range word {
		b := int(r - '0')
		if i == len(word)-1 {
			(*c)[at][b] = int16(^value)
			return
		}
		if (*c)[at][b] == 0 {
			*c = append(*c, [2]int16{})
			(*c)[at][b] = int16(len(*c) - 1)
		}
		at = int((*c)[at][b])
	}
}

// next reads one word. Every word leads somewhere: the codes are complete.
func (c code) next(b *bits) int {
	at := int16(0)
	for {
		at = c[at][b.bit()]
		if at < 0 {
			return int(^at)
		}
	}
}

// signed reads the sign of a value that has one.
func (b *bits) signed(v int) int {
	if v != 0 && b.bit() == 1 {
		return -v
	}
	return v
}

// pair reads two lines coded with a table of the big values.
func (b *bits) pair(table int) (x, y int) {
	c := codes()[table]
	if c == nil {
		return 0, 0
	}
	v := c.next(b)
	x, y = v>>4, v&15
	n := linBits[table]
	if n > 0 && x == 15 {
		x += b.take(n)
	}
	x = b.signed(x)
	if n > 0 && y == 15 {
		y += b.take(n)
	}
	return x, b.signed(y)
}

// four reads four lines of at most 1.
func (b *bits) four(table int) (v [4]int) {
	word := codes()[table].next(b)
	for i := range v {
		v[i] = b.signed(word >> (3 - i) & 1)
	}
	return v
}
