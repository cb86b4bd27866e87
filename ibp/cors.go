package ibp

import (
	"net/http"

	"clickbridge/intake"
)

const methods = "GET, POST, OPTIONS"

// preflight answers the question a browser asks before it sends (Fetch
// standard, 3.2.2). It places no call.
func (s *server) preflight(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Allow", methods)
	p := params{}
	p.addEncoded(r.URL.RawQuery)
	s.allowOrigin(w, r, credentials(p))
	h.Set("Access-Control-Allow-Methods", methods)
	if asked := r.Header.Get("Access-Control-Request-Headers"); asked != "" {
		h.Set("Access-Control-Allow-Headers", asked)
		h.Add("Vary", "Access-Control-Request-Headers")
	}
	h.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
}

// allowOrigin lets a page read the answer, refusals included, unless its key
// belongs to other pages. No answer depends on cookies, so there is nothing to
// guard but the key; a secret key has no business in a page and gets no such
// header.
func (s *server) allowOrigin(w http.ResponseWriter, r *http.Request, c intake.Credentials) {
	w.Header().Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if origin == "" || c.AccessKey != "" || c.SecretAccessKey != "" || c.APIKey != "" {
		return
	}
	if s.cfg.Clicks.AllowsOrigin(c.PublicKey, origin) {
		w.Header().Set("Access-Control-Allow-Origin", origin)
	}
}
