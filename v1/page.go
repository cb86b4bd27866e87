package v1

import (
	"fmt"
	"html/template"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"clickbridge/events"
)

// operations are those of a path, by method.
func operations(p *huma.PathItem) map[string]*huma.Operation {
	out := map[string]*huma.Operation{}
	for method, o := range map[string]*huma.Operation{"GET": p.Get, "POST": p.Post, "PUT": p.Put, "PATCH": p.Patch, "DELETE": p.Delete} {
		if o != nil {
			out[method] = o
		}
	}
	return out
}

var itemType = reflect.TypeFor[events.Item]()

func keptSpan(first, last int64) string {
	if first == 0 || first > last {
		return "no events are kept"
	}
	return fmt.Sprintf("must be %d to %d, which are kept", first, last)
}

// page lists the operations for people, without a script.
func (s *service) page(w http.ResponseWriter, _ *http.Request) {
	type line struct{ Method, Path, Summary, Description string }
	var lines []line
	for path, item := range s.api.OpenAPI().Paths {
		for method, o := range operations(item) {
			lines = append(lines, line{method, path, o.Summary, o.Description})
		}
	}
	slices.SortFunc(lines, func(x, y line) int { return strings.Compare(x.Path+x.Method, y.Path+y.Method) })
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	_ = pageText.Execute(w, lines) // a client that went away
}

var pageText = template.Must(template.New("v1").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>ClickBridge API</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}
td,th{padding:.3rem .8rem .3rem 0;vertical-align:top;text-align:left}code{font-size:.95em;white-space:nowrap}small{opacity:.75}</style></head>
<body><h1>ClickBridge API</h1><p>Described in full, for programs, in <a href="/v1/openapi.json">openapi.json</a> (OpenAPI 3.1).</p>
<table><thead><tr><th>Method</th><th>Path</th><th>What it does</th></tr></thead><tbody>
{{range .}}<tr><td><code>{{.Method}}</code></td><td><code>{{.Path}}</code></td><td>{{.Summary}}<br><small>{{.Description}}</small></td></tr>
{{end}}</tbody></table></body></html>
`))
