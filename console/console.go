// Package console is what people look at in a browser: a page that is built in
// web/ and committed in dist/, so that who builds the server needs no Node. cmd
// mounts [Handler] for the paths that [Owns] names.
//
// It knows nothing of calls, and serves no data: the page asks /v1 for all of
// that, with the rights of who signed in.
package console

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
)

//go:embed all:dist
var dist embed.FS

// Pages are the first segments of the addresses that lead to a page; "" is the
// live board.
var Pages = []string{
	"", "report", "findmes", "numbers", "keys", "recordings", "notices", "callbacks",
	"trunks", "blocks", "users", "audit", "account", "setup",
}

// Owns reports whether a path of a URL is the console's.
func Owns(p string) bool {
	if p == "/icon.svg" || strings.HasPrefix(p, "/assets/") {
		return true
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(p, "/"), "/")
	return strings.HasPrefix(p, "/") && slices.Contains(Pages, first) && !strings.HasPrefix(p, "//")
}

// policy lets a page load what this server has and nothing else; no script and
// no style stands in the page itself.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"

// file is one of dist, ready to be served.
type file struct {
	body  []byte
	mime  string
	etag  string
	cache string
}

// How long a browser may keep what it has: names in assets/ change with what is
// in them, the others are asked for each time.
const (
	forever = "public, max-age=31536000, immutable"
	ask     = "no-cache"
)

// Handler serves the console. It answers GET and HEAD.
func Handler() http.Handler {
	files := load()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "Method not allowed", http.StatusMethodNotAllowed)
			return
		}
		name := strings.TrimPrefix(r.URL.Path, "/")
		f, ok := files[name]
		switch {
		case ok:
		case strings.HasPrefix(name, "assets/"), !Owns(r.URL.Path):
			http.NotFound(w, r)
			return
		default:
			f = files["index.html"]
		}
		f.serve(w, r)
	})
}

func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.mime)
	h.Set("Cache-Control", f.cache)
	h.Set("ETag", f.etag)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", policy)
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.body))
}

// load reads dist, which is in the binary: what fails here fails in each test.
func load() map[string]*file {
	files := map[string]*file{}
	err := fs.WalkDir(dist, "dist", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := dist.ReadFile(name)
		if err != nil {
			return err
		}
		name = strings.TrimPrefix(name, "dist/")
		sum := sha256.Sum256(body)
		f := &file{
			body: body, mime: typeOf(name), cache: ask,
			etag: `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`,
		}
		if strings.HasPrefix(name, "assets/") {
			f.cache = forever
		}
		files[name] = f
		return nil
	})
	if err != nil {
		panic("console: " + err.Error())
	}
	return files
}

// typeOf does not ask the machine's own table for what must not vary.
func typeOf(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".html":
		return "text/html; charset=utf-8"
	}
	return mime.TypeByExtension(path.Ext(name))
}
