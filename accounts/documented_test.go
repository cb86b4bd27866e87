package accounts

import (
	"os"
	"strings"
	"testing"
)

// The FindMe that docs/operations.md writes out holds what holds anyway, and
// names every setting.
func TestTheDocumentedFindMeIsTheDefault(t *testing.T) {
	text, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(text), "```yaml\nfindmes:\n")
	block, _, ok := strings.Cut(block, "```")
	if !ok {
		t.Fatal("no FindMe is written out")
	}
	if _, err := read(one("    findmes:\n" + indented(block))); err != nil {
		t.Errorf("the block as it stands: %v", err)
	}
	block, _, _ = strings.Cut(block, "\naudio:") // its file is not there
	d, _ := plan(t, nil, false, one("    findmes:\n"+indented(block)))
	plain, _ := plan(t, nil, false, one("    findmes: [{id: 98765, name: Sales, numbers: []}]\n"))
	for _, line := range findMeFields(&plain.FindMes[0], d.FindMes[0]) {
		if !strings.HasPrefix(line, "numbers:") && line != "voice.language: (none) -> en" {
			t.Errorf("not the default: %s", line)
		}
	}
	for _, s := range shown {
		for word := range strings.SplitSeq(s.name, ".") {
			if !strings.Contains(block, word) {
				t.Errorf("%s is not written out", s.name)
			}
		}
	}
}

func indented(block string) string {
	return "    " + strings.ReplaceAll(strings.TrimSuffix(block, "\n"), "\n", "\n    ") + "\n"
}
