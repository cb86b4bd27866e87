package clickbridge_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// pkg is what the rules look at of a package.
type pkg struct {
	ImportPath string
	Name       string
	Imports    []string
}

func packages(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.Command("go", "list", "-e", "-json=ImportPath,Name,Imports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var ps []pkg
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return ps
		} else if err != nil {
			t.Fatal(err)
		}
		ps = append(ps, p)
	}
}

// ours returns the rooms of ours that p imports, as paths below the module;
// "" is the domain.
func (p pkg) ours() []string {
	var rooms []string
	for _, i := range p.Imports {
		if i == "clickbridge" {
			rooms = append(rooms, "")
		} else if r, ok := strings.CutPrefix(i, "clickbridge/"); ok {
			rooms = append(rooms, r)
		}
	}
	return rooms
}

func (p pkg) room() string {
	return strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, "clickbridge"), "/")
}

// rules name, for rooms that have one, what else of ours they may import.
// docs/architecture.md says why.
var rules = map[string][]string{
	"":           {},
	"leg":        {""},
	"hunt":       {""},
	"amd":        {"leg", "media/g711", "media/tone"},
	"store":      {""},
	"screen":     {"", "leg", "media/g711"},
	"bridge":     {"", "leg"},
	"dialog":     {"", "leg", "trace"},
	"trace":      {""},
	"trunk":      {"", "leg"},
	"media":      {"", "leg", "media/g711", "media/tone", "media/sdp", "media/rtp"},
	"media/g711": {},
	"media/tone": {},
	"audio":      {"", "leg", "audio/mp3", "media/g711"},
	"audio/mp3":  {},
	"speech":     {"", "leg", "audio", "media/g711"},
	"prompt":     {"", "leg", "media/g711", "media/tone"},
	"callflow":   {"", "leg", "hunt", "screen", "bridge", "prompt", "store", "stack"},
	"stack":      {},
	"intake":     {"", "store", "throttle"},
	"admin":      {"", "store", "record", "throttle"},
	"throttle":   {},
	"events":     {"", "store"},
	"v1":         {"", "store", "intake", "admin", "events", "report", "throttle"},
	"client":     {},
	"later":      {"", "store"},
	"notify":     {""},
	"record":     {"", "leg", "store", "media/g711"},
	"people":     {"", "store"},
	"report":     {"", "store"},
	"accounts":   {"", "config/strictyaml"},
	"button":     {},
	"console":    {},
	"config":     {"", "config/strictyaml"},
}

// faces speak to the outside and must not know how the engine works.
var faces = []string{"ibp", "api", "console", "button"}

func TestRoomsImportOnlyWhatTheyMay(t *testing.T) {
	for _, p := range packages(t) {
		room, uses := p.room(), p.ours()
		if allowed, ok := rules[room]; ok {
			for _, u := range uses {
				if !slices.Contains(allowed, u) {
					t.Errorf("%q imports %q; it may import %q", room, u, allowed)
				}
			}
		}
		if slices.Contains(faces, room) {
			for _, u := range uses {
				if first, _, _ := strings.Cut(u, "/"); slices.Contains([]string{"store", "dialog", "callflow", "trunk", "media"}, first) {
					t.Errorf("the face %q imports %q", room, u)
				}
			}
		}
		if slices.Contains(uses, "callflow") && !strings.HasPrefix(room, "cmd/") {
			t.Errorf("%q imports callflow; only cmd wires it", room)
		}
	}
}

func TestOneRoomOwnsEachLibrary(t *testing.T) {
	owners := map[string][]string{
		"github.com/emiago/sipgo":         {"dialog", "simulator"},
		"github.com/riverqueue/river":     {"jobs", "store"},
		"modernc.org/sqlite":              {"store"},
		"github.com/jackc/pgx":            {"store", "jobs"},
		"github.com/wneessen/go-mail":     {"notify"},
		"github.com/nyaruka/phonenumbers": {""},
		"github.com/goccy/go-yaml":        {"config", "accounts"},
		"github.com/emersion/go-smtp":     {"simulator"},
		"github.com/alecthomas/kong":      {"cmd"},
		"github.com/riverqueue/rivertype": {"jobs", "store"},
		"github.com/pressly/goose":        {"store"},
		"github.com/danielgtaylor/huma":   {"v1"},
		"github.com/pion/sdp":             {"media", "simulator"},
		"github.com/pion/rtp":             {"media", "simulator"},
		"github.com/coreos/go-oidc":       {"people"},
		"golang.org/x/crypto":             {"people"},
	}
	for _, p := range packages(t) {
		first, _, _ := strings.Cut(p.room(), "/")
		for _, i := range p.Imports {
			for lib, rooms := range owners {
				if strings.HasPrefix(i, lib) && !slices.Contains(rooms, first) {
					t.Errorf("%q imports %s; only %q may", p.room(), i, rooms)
				}
			}
		}
	}
}

func TestNoJunkDrawers(t *testing.T) {
	junk := []string{"util", "utils", "common", "helper", "helpers", "models", "types", "manager", "base"}
	for _, p := range packages(t) {
		if slices.Contains(junk, p.Name) {
			t.Errorf("package %s: a room is named for what it does", p.ImportPath)
		}
	}
}
