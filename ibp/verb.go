package ibp

import (
	"strings"
	"unicode/utf8"

	"clickbridge"
)

// The paths of the old API.
const (
	pathAPI   = "/ibp_api.php"
	pathClick = "/click_to_xyz.php"
)

// verb is what a request asks for.
type verb string

// The verbs that are not in the table of administration actions.
const (
	verbFindMe    verb = "clickto.findme"
	verbList      verb = "clickto.findme list" // one that brings its own list
	verbCall      verb = "clickto.call"
	verbReport    verb = "report.clickto"
	verbDetail    verb = "report.call_detail"
	verbDetailCSV verb = "report.call_detail_csv"
	verbDownload  verb = "recording.download"
)

// apps are the names that go by app, in any case.
var apps = map[string]verb{"ctf": verbFindMe, "ctfl": verbList, "ctc": verbCall}

// What the old API had and this server has not. Of the apps: voice menu,
// voicemail, survey, agent queue.
var (
	otherApps     = map[string]bool{"ctvr": true, "ctvm": true, "cts": true, "agent": true}
	otherFamilies = []string{"findme.", "registerednumbers.", "sms.", "recording.", "report.", "general."}
)

// resolve finds the verb. xml says that an error is answered in the envelope of
// the administration actions. Clients leak stale parameters, so each path has
// the name that it goes by: app on click_to_xyz.php, action on ibp_api.php.
func resolve(path string, p params) (v verb, xml bool, err error) {
	action := p["action"]
	if path == pathClick {
		if p["app"] != "" {
			v, err = resolveApp(p)
			return v, false, err
		}
		if action == "" && p["click_id"] != "" {
			if p["findme_id"] == "" {
				p["findme_id"] = p["click_id"] // a click that was set up before: here, a FindMe
			}
			return verbFindMe, false, nil
		}
	}
	lower := strings.ToLower(action)
	switch {
	case action == "":
		return "", false, &clickbridge.Error{Code: clickbridge.EINVALID, Message: "Missing Application Specification"}
	case lower == string(verbFindMe):
		return findMeOrList(p), false, nil
	case lower == string(verbCall):
		return verbCall, false, nil
	case inText(path, action):
		return "", false, unknown(action)
	}
	v = verb(lower)
	switch v {
	case verbReport, verbDetail, verbDetailCSV, verbDownload:
		return v, true, nil
	}
	if actions[v] != nil {
		return v, true, nil
	}
	for _, family := range otherFamilies {
		if strings.HasPrefix(lower, family) {
			return "", true, unsupported(action)
		}
	}
	return "", true, unknown(action)
}

// inText reports whether an action is answered as text, without envelope.
func inText(path, action string) bool {
	return path == pathClick || action == "" || strings.HasPrefix(strings.ToLower(action), "clickto.")
}

func resolveApp(p params) (verb, error) {
	lower := strings.ToLower(p["app"])
	switch v := apps[lower]; {
	case v == verbFindMe:
		return findMeOrList(p), nil
	case v != "":
		return v, nil
	case otherApps[lower]:
		return "", unsupported(p["app"])
	}
	return "", unknown(p["app"])
}

// findMeOrList tells a click on a saved FindMe from one that brings its own
// list, which is another action under the same name.
func findMeOrList(p params) verb {
	if p["findme_id"] == "" && p["list"] != "" {
		return verbList
	}
	return verbFindMe
}

func unknown(what string) error {
	return &clickbridge.Error{Code: clickbridge.EINVALID, Message: "Unknown action: " + echo(what)}
}

func unsupported(what string) error {
	return &clickbridge.Error{Code: clickbridge.EINVALID, Message: "Unsupported: " + echo(what)}
}

func missing(name string) error {
	return &clickbridge.Error{Code: clickbridge.EINVALID, Message: "Missing parameter: " + name}
}

func invalid(name, why string) error {
	return &clickbridge.Error{Code: clickbridge.EINVALID, Message: "Invalid " + name + ": " + why}
}

// echo is a client's value as an answer shows it.
func echo(s string) string {
	const most = 64
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "…"
}
