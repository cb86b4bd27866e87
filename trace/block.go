package trace

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
)

const (
	fileHead   = "CBSIP 1\n"
	blockMagic = "SIPB"
	blockHead  = 20
	// maxPending is what may wait for the disk, and so the largest block but for
	// one message.
	maxPending = 4 << 20
	maxBlock   = 2 * maxPending
)

var crcs = crc32.MakeTable(crc32.Castagnoli)

// appendBlockHead writes what stands before the records of a block. It sorts
// keys.
func appendBlockHead(b []byte, keys []uint64, records []byte) []byte {
	slices.Sort(keys)
	keys = slices.Compact(keys)
	start := len(b)
	b = append(b, blockMagic...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(keys)))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(records)))
	b = binary.LittleEndian.AppendUint32(b, crc32.Checksum(records, crcs))
	b = binary.LittleEndian.AppendUint32(b, 0)
	for _, k := range keys {
		b = binary.LittleEndian.AppendUint64(b, k)
	}
	binary.LittleEndian.PutUint32(b[start+16:], headSum(b[start:]))
	return b
}

func headSum(head []byte) uint32 {
	return crc32.Update(crc32.Checksum(head[:16], crcs), crcs, head[blockHead:])
}

// errTorn is what a segment ends with whose writer was killed, or is writing.
var errTorn = errors.New("block is cut short")

// scan reads the blocks of a segment of size bytes that have something of key, in
// their order, and hands their records on.
func scan(f io.ReaderAt, size int64, key uint64, each func(Message) error) error {
	s := scanner{f: f, size: size, head: make([]byte, 4096)}
	if size < int64(len(fileHead)) {
		return nil // just made
	}
	if _, err := f.ReadAt(s.head[:len(fileHead)], 0); err != nil {
		return err
	}
	if string(s.head[:len(fileHead)]) != fileHead {
		return fmt.Errorf("not a trace of this version")
	}
	for at := int64(len(fileHead)); at < size; {
		records, sum, next, err := s.block(at, key)
		if errors.Is(err, errTorn) {
			return nil
		}
		if err != nil {
			return err
		}
		if records != nil && crc32.Checksum(records, crcs) == sum {
			if err := eachRecord(records, each); err != nil {
				return err
			}
		}
		at = next
	}
	return nil
}

type scanner struct {
	f       io.ReaderAt
	size    int64
	head    []byte
	records []byte
}

// block reads the block at an offset: its records where they are asked for, and
// where the next one is.
func (s *scanner) block(at int64, key uint64) (records []byte, sum uint32, next int64, err error) {
	n, err := s.f.ReadAt(s.head, at)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, 0, err
	}
	if n < blockHead || string(s.head[:4]) != blockMagic {
		return nil, 0, 0, errTorn
	}
	keys, length := int64(binary.LittleEndian.Uint32(s.head[4:])), int64(binary.LittleEndian.Uint32(s.head[8:]))
	body := at + blockHead + 8*keys
	next = body + length
	if keys > maxBlock || length > maxBlock || next > s.size {
		return nil, 0, 0, errTorn
	}
	head := int(body - at)
	if head > n {
		s.head = slices.Grow(s.head[:0], head)[:head]
		if _, err := s.f.ReadAt(s.head, at); err != nil {
			return nil, 0, 0, errTorn
		}
	}
	if binary.LittleEndian.Uint32(s.head[16:]) != headSum(s.head[:head]) {
		return nil, 0, 0, errTorn
	}
	if !listed(s.head[blockHead:head], key) {
		return nil, 0, next, nil
	}
	s.records = slices.Grow(s.records[:0], int(length))[:length]
	if _, err := s.f.ReadAt(s.records, body); err != nil {
		return nil, 0, 0, errTorn
	}
	return s.records, binary.LittleEndian.Uint32(s.head[12:]), next, nil
}

func listed(keys []byte, key uint64) bool {
	for ; len(keys) >= 8; keys = keys[8:] {
		if binary.LittleEndian.Uint64(keys) == key {
			return true
		}
	}
	return false
}

func eachRecord(records []byte, each func(Message) error) error {
	for len(records) > 0 {
		m, rest, err := cutRecord(records)
		if err != nil {
			return err
		}
		if err := each(m); err != nil {
			return err
		}
		records = rest
	}
	return nil
}
