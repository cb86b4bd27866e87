package ibp

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"clickbridge"
	"clickbridge/admin"
	"clickbridge/intake"
)

// Admin is where FindMes, numbers, recordings and text messages are; admin.Admin
// is it.
type Admin interface {
	FindMes(ctx context.Context, account int64) ([]clickbridge.FindMe, error)
	FindMe(ctx context.Context, account, id int64) (clickbridge.FindMe, error)
	CreateFindMe(ctx context.Context, account int64, write func(*clickbridge.Account, *clickbridge.FindMe) error) (clickbridge.FindMe, error)
	ChangeFindMe(ctx context.Context, account, id int64, write func(*clickbridge.Account, *clickbridge.FindMe) error) (clickbridge.FindMe, error)
	DeleteFindMe(ctx context.Context, account, id int64) error
	Numbers(ctx context.Context, account int64) ([]clickbridge.OwnedNumber, error)
	RegisterNumber(ctx context.Context, account int64, n clickbridge.Number, description string) error
	RemoveNumber(ctx context.Context, account int64, n clickbridge.Number) error
	SendText(ctx context.Context, account int64, from, to clickbridge.Number, message string) (clickbridge.NoticeID, error)
	Sounds
}

var _ Admin = (*admin.Admin)(nil)

// asked is an administration action with who asks.
type asked struct {
	params
	intake.Access
	ctx   context.Context
	admin Admin
}

// actions are what is answered in the envelope.
var actions = map[verb]func(asked) (*answer, error){
	"findme.create":                  (asked).createFindMe,
	"findme.update_list_settings":    (asked).updateFindMe,
	"findme.add_number":              (asked).addNumbers,
	"findme.delete_number":           (asked).deleteNumber,
	"findme.empty":                   (asked).emptyFindMe,
	"findme.delete":                  (asked).deleteFindMe,
	"findme.get_phone_list":          (asked).phoneList,
	"findme.get_findme_list":         (asked).findMeList,
	"findme.get_recorded_calls_list": (asked).recordedCalls,
	"findme.delete_recorded_call":    (asked).deleteRecordedCall,
	"registerednumbers.add":          (asked).registerNumber,
	"registerednumbers.list":         (asked).registeredNumbers,
	"registerednumbers.remove":       (asked).removeNumber,
	"sms.send_message":               (asked).sendMessage,
	"sms.get_numbers":                (asked).textNumbers,
	"recording.list":                 (asked).recordingList,
	"recording.remove":               (asked).removeRecording,
	"general.buildingblockids":       (asked).buildingBlocks,
	"general.login":                  (asked).login,
}

// administer answers an action of the table.
func (s *server) administer(w http.ResponseWriter, r *http.Request, v verb, p params) {
	a, err := s.ask(r, v, p)
	if err == nil {
		var out *answer
		if out, err = actions[v](a); err == nil {
			writeAnswer(w, out)
			return
		}
	}
	s.refuse(w, v, err)
}

// ask authorises an action. A public key may only click.
func (s *server) ask(r *http.Request, v verb, p params) (asked, error) {
	c := credentials(p)
	if v == "general.login" && p["password"] != "" {
		c = loginCredentials(p)
	}
	who, err := s.cfg.Clicks.Authorize(c)
	switch {
	case err != nil:
		return asked{}, err
	case who.Public():
		return asked{}, &clickbridge.Error{Code: clickbridge.EFORBIDDEN, Message: "Access denied: a public key may only click"}
	}
	ctx := admin.By(r.Context(), clickbridge.Actor{
		Kind: clickbridge.ActorKey, ID: who.Key.ID, Name: who.Key.Name, RemoteAddr: s.cfg.RemoteAddr(r),
	})
	return asked{params: p, Access: who, ctx: ctx, admin: s.cfg.Admin}, nil
}

// refuse answers an error in the envelope, and logs what is ours.
func (s *server) refuse(w http.ResponseWriter, v verb, err error) {
	if e := asError(err); e == nil || e.Err != nil {
		s.cfg.Log.Error("action failed", "verb", string(v), "err", err)
	}
	writeError(w, err, true)
}

// needed returns a parameter that must be there.
func (a asked) needed(name string) (string, error) {
	if a.params[name] == "" {
		return "", missing(name)
	}
	return a.params[name], nil
}

// number reads a telephone number that must be there.
func (a asked) number(name string) (clickbridge.Number, error) {
	raw, err := a.needed(name)
	if err != nil {
		return "", err
	}
	n, err := clickbridge.ParseNumber(raw, a.Account.Country)
	if err != nil {
		return "", invalid(name, err.Error())
	}
	return n, nil
}

// findMeID reads a FindMe's id.
func (a asked) findMeID(name string) (int64, error) {
	raw, err := a.needed(name)
	if err != nil {
		return 0, err
	}
	id, err := strconv.ParseInt(strings.Trim(raw, ` "'`), 10, 64)
	if err != nil {
		return 0, invalid(name, echo(raw)+" is not a FindMe id")
	}
	return id, nil
}

// shown is a number as records show it.
func (a asked) shown(n clickbridge.Number) string { return n.National(a.Account.Country) }
