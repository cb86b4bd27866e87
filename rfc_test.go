package clickbridge_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	namedRFC = regexp.MustCompile(`RFC ?(\d{4})`)
	rowOfRFC = regexp.MustCompile(`(?m)^\| ([0-9, ]+) \|`)
	number   = regexp.MustCompile(`\d{4}`)
)

// The index of standards is true both ways.
func TestRFCIndex(t *testing.T) {
	index, err := os.ReadFile("docs/rfc.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, row := range rowOfRFC.FindAllStringSubmatch(string(index), -1) {
		for _, n := range number.FindAllString(row[1], -1) {
			listed[n] = true
		}
	}
	used := rfcsInCode(t)
	for n, file := range used {
		if !listed[n] {
			t.Errorf("RFC %s is named in %s and not in docs/rfc.md", n, file)
		}
	}
	for n := range listed {
		if used[n] == "" {
			t.Errorf("RFC %s is in docs/rfc.md and nowhere in the code", n)
		}
	}
}

// rfcsInCode returns the RFCs the product's code names, each with a file.
func rfcsInCode(t *testing.T) map[string]string {
	used := map[string]string{}
	err := filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		code, err := os.ReadFile(path)
		for _, m := range namedRFC.FindAllStringSubmatch(string(code), -1) {
			used[m[1]] = path
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return used
}
