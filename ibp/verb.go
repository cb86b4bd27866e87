package ibp

import (
	"slices"
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

const (
	verbFindMe verb = "clickto.findme"
	verbReport verb = "report.clickto"
)

// What the old API had and this server has not. Of the apps: a list, a call,
// voice menu, voicemail, survey, agent queue.
var (
	otherApps     = []string{"ctfl", "ctc", "ctvr", "ctvm", "cts", "agent"}
	otherActions  = []string{"clickto.call"}
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
			return "", false, unsupported("click_id")
		}
	}
	lower := strings.ToLower(action)
	switch {
	case action == "":
		return "", false, &clickbridge.Error{Code: clickbridge.EINVALID, Message: "Missing Application Specification"}
	case lower == string(verbFindMe):
		v, err = findMeOrList(p)
		return v, false, err
	case slices.Contains(otherActions, lower):
		return "", false, unsupported(action)
	case strings.HasPrefix(lower, "clickto."), path == pathClick:
		return "", false, unknown(action)
	case lower == string(verbReport):
		return verbReport, true, nil
	}
	for _, family := range otherFamilies {
		if strings.HasPrefix(lower, family) {
			return "", true, unsupported(action)
		}
	}
	return "", true, unknown(action)
}

func resolveApp(p params) (verb, error) {
	switch lower := strings.ToLower(p["app"]); {
	case lower == "ctf":
		return findMeOrList(p)
	case slices.Contains(otherApps, lower):
		return "", unsupported(p["app"])
	}
	return "", unknown(p["app"])
}

// findMeOrList tells a click on a saved FindMe from one that brings its own
// list, which is another action under the same name.
func findMeOrList(p params) (verb, error) {
	if p["findme_id"] == "" && p["list"] != "" {
		return "", unsupported("list")
	}
	return verbFindMe, nil
}

func unknown(what string) error {
	return &clickbridge.Error{Code: clickbridge.EINVALID, Message: "Unknown action: " + echo(what)}
}

func unsupported(what string) error {
	return &clickbridge.Error{Code: clickbridge.EINVALID, Message: "Unsupported: " + echo(what)}
}

// echo is a client's value as an answer shows it.
func echo(s string) string {
	const most = 64
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "…"
}
