// Package button is the one script that somebody puts into a web page to have
// visitors called: /button.js. cmd mounts [Handler].
//
// The script asks /v1 with a public key, and has the rights of that. It is served
// to any page, and knows nothing of this server but its address.
package button

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// Path is where it is served, and English the language of whom names none.
const (
	Path    = "/button.js"
	English = "en"
)

//go:embed button.js
var source string

// Script is what is served in a language, English where it is none of ours: the
// source with its words filled in, without its comments and indentation. Of one
// version of this server it is always the same, byte for byte, so that a page may
// pin it (Subresource Integrity).
func Script(language string) []byte {
	words, ok := languages[language]
	if !ok {
		language, words = English, languages[English]
	}
	var out bytes.Buffer
	for line := range strings.Lines(source) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "//") {
			continue
		}
		out.WriteString(line)
		out.WriteByte('\n')
	}
	list, _ := json.Marshal(words) // strings
	b := bytes.Replace(out.Bytes(), []byte("WORDS"), list, 1)
	return bytes.Replace(b, []byte("LANGUAGE"), []byte(`"`+language+`"`), 1)
}

// cache lets a page that is opened again have it at once; a newer one is there
// within the hour.
const cache = "public, max-age=3600, stale-while-revalidate=604800"

// file is the script in one language.
type file struct {
	plain, packed []byte
	tag           string
}

// Handler serves the script in the language that lang names, compressed to whom
// that suits. It answers GET and HEAD.
func Handler() http.Handler {
	files := map[string]file{}
	for language := range languages {
		b := Script(language)
		sum := sha256.Sum256(b)
		files[language] = file{b, pack(b), base64.RawURLEncoding.EncodeToString(sum[:12])}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "Method not allowed", http.StatusMethodNotAllowed)
			return
		}
		language, _, _ := strings.Cut(strings.ToLower(r.URL.Query().Get("lang")), "-") // de-AT is de
		f, ok := files[language]
		if !ok {
			f = files[English]
		}
		f.serve(w, r)
	})
}

func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("Cache-Control", cache)
	h.Set("X-Content-Type-Options", "nosniff")
	// Pages of others load it, also those that ask for more than usual: with
	// crossorigin (as integrity needs) or under Cross-Origin-Embedder-Policy.
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Vary", "Accept-Encoding")
	body, tag := f.plain, f.tag
	if takesGzip(r) {
		body, tag = f.packed, f.tag+".gz"
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("ETag", `"`+tag+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// takesGzip reports whether a client named gzip; one that forbids it by a weight
// of nought is asking for the plain one.
func takesGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			return !strings.HasPrefix(strings.ReplaceAll(weight, " ", "")+";", "q=0;")
		}
	}
	return false
}

func pack(b []byte) []byte {
	var out bytes.Buffer
	z, _ := gzip.NewWriterLevel(&out, gzip.BestCompression) // a level there is
	_, _ = z.Write(b)                                       // memory
	_ = z.Close()
	return out.Bytes()
}
