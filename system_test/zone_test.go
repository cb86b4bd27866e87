package system_test

import (
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"testing"
	"time"
)

// Every command shows times in the operator's zone, which is the one that
// --since is read in.
func TestListsAreInTheOperatorsZone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{accounts: guarded})
	w.click(url.Values{"type": {"1"}, "findme_id": {"1"}, "phone_to_call": {"3125550103"}})
	w.answer(t, "/ibp_api.php", url.Values{"findme_id": {"1"}, "phone_to_call": {"911"}})
	id := w.ended(t, 1)[0].ID
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	must(t, err)
	clicked := regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`)
	for _, args := range [][]string{{"calls", "list"}, {"calls", "list", "--refused"}, {"calls", "show", id}} {
		cmd := exec.CommandContext(t.Context(), binary, append(args, "--config", w.config)...)
		cmd.Env = append(os.Environ(), "TZ=Asia/Tokyo")
		out, err := cmd.CombinedOutput()
		must(t, err)
		at, err := time.ParseInLocation(time.DateTime, clicked.FindString(string(out)), tokyo)
		if err != nil || time.Since(at).Abs() > time.Hour {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
	}
}
