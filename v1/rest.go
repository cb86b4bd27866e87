package v1

import (
	"context"
	"errors"
	"time"

	"clickbridge"
	"clickbridge/admin"
	"clickbridge/store"
)

func notReady(err error) error {
	if errors.Is(err, admin.ErrNotReady) {
		return conflicts(conflict, "The call still goes on: its recording is not ready")
	}
	return err
}

// audit writes what was done without a change of the directory.
func (s *service) audit(ctx context.Context, action, object string) {
	who := me(ctx)
	err := s.cfg.Store.Audit(context.WithoutCancel(ctx), []clickbridge.AuditEntry{{
		At: time.Now(), AccountID: who.Account.ID, Account: who.Account.Name, Actor: who.Actor, Action: action, Object: object,
	}})
	if err != nil {
		s.cfg.Log.Error("the audit log does not have what was done", "action", action, "object", object, "err", err)
	}
}

func (s *service) openNotices() {
	handle(s, op("list-notices", "GET", "/v1/notices", "notices", "List notices: what was owed, sent and failed", clickbridge.NoticesRead), s.listNotices)
	handle(s, op("retry-notice", "POST", "/v1/notices/{id}/retry", "notices", "Send a notice again", clickbridge.NoticesRetry, status(202)), s.retryNotice)
}

// mostScanned bounds the notices of all accounts that are looked at for one
// page: they are kept by their call, which has the account.
const mostScanned = 5000

func (s *service) listNotices(ctx context.Context, in *struct {
	Limit int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
	State string `query:"state" enum:"pending,sent,failed"`
}) (*body[List[Notice]], error) {
	account := me(ctx).Account.ID
	ns, err := s.cfg.Store.ListNotices(ctx, clickbridge.NoticeState(in.State), mostScanned)
	if err != nil {
		return nil, err
	}
	owner := map[clickbridge.CallID]int64{}
	out := []Notice{}
	for i := range ns {
		if len(out) == in.Limit {
			break
		}
		ours, err := s.isOurs(ctx, owner, account, ns[i].CallID)
		if err != nil {
			return nil, err
		}
		if ours {
			out = append(out, noticeOf(&ns[i]))
		}
	}
	return &body[List[Notice]]{List[Notice]{Items: out}}, nil
}

// isOurs asks whose a call is, once.
func (s *service) isOurs(ctx context.Context, owner map[clickbridge.CallID]int64, account int64, id clickbridge.CallID) (bool, error) {
	if id == "" {
		return false, nil
	}
	if _, known := owner[id]; !known {
		r, err := s.cfg.Store.Call(ctx, id)
		if err != nil && !isAway(err) {
			return false, err
		}
		owner[id] = r.Call.AccountID
	}
	return owner[id] == account, nil
}

func (s *service) retryNotice(ctx context.Context, in *struct {
	ID clickbridge.NoticeID `path:"id" maxLength:"64"`
}) (*body[Notice], error) {
	n, err := s.cfg.Store.Notice(ctx, in.ID)
	ours := false
	if err == nil {
		ours, err = s.isOurs(ctx, map[clickbridge.CallID]int64{}, me(ctx).Account.ID, n.CallID)
	}
	if isAway(err) || err == nil && !ours {
		err = notFound("Notice " + string(in.ID))
	}
	if err != nil {
		return nil, err
	}
	if err := s.cfg.Store.Resend(ctx, n.ID); err != nil {
		return nil, err
	}
	s.audit(ctx, "notice.retried", "notice "+string(n.ID))
	n.State = clickbridge.NoticePending
	return &body[Notice]{noticeOf(&n)}, nil
}

// OptOut is a number that must not be called.
type OptOut struct {
	Number clickbridge.Number `json:"number"`
	At     time.Time          `json:"at"`
	Why    string             `json:"why"`
}

func (s *service) openOptOuts() {
	handle(s, op("list-optouts", "GET", "/v1/optouts", "optouts", "List numbers that must not be called", clickbridge.OptOutsRead), s.listOptOuts)
	handle(s, op("put-optout", "PUT", "/v1/optouts/{number}", "optouts", "Never call a number again", clickbridge.OptOutsWrite), s.putOptOut)
	handle(s, op("delete-optout", "DELETE", "/v1/optouts/{number}", "optouts", "Let a number be called again", clickbridge.OptOutsWrite, status(204)), s.deleteOptOut)
}

func (s *service) listOptOuts(ctx context.Context, _ *struct{}) (*body[List[OptOut]], error) {
	os, err := s.cfg.Store.OptOuts(ctx, me(ctx).Account.ID)
	if err != nil {
		return nil, err
	}
	out := []OptOut{}
	for _, o := range os {
		out = append(out, OptOut{o.Number, o.At.UTC(), o.Why})
	}
	return &body[List[OptOut]]{List[OptOut]{Items: out}}, nil
}

func (s *service) putOptOut(ctx context.Context, in *struct {
	NumberRef
	Body struct {
		Why string `json:"why,omitempty" maxLength:"255"`
	}
}) (*body[OptOut], error) {
	who := me(ctx)
	r := reader{account: who.Account}
	o := clickbridge.OptOut{AccountID: who.Account.ID, Number: r.number("number", in.Number), At: time.Now(), Why: in.Body.Why}
	if r.err != nil {
		return nil, r.err
	}
	if o.Why == "" {
		o.Why = "by " + who.Actor.Name
	}
	if err := s.cfg.Store.OptOut(ctx, o); err != nil {
		return nil, err
	}
	s.audit(ctx, "optout.added", "number "+string(o.Number))
	return &body[OptOut]{OptOut{o.Number, o.At.UTC(), o.Why}}, nil
}

func (s *service) deleteOptOut(ctx context.Context, in *NumberRef) (*nothing, error) {
	who := me(ctx)
	r := reader{account: who.Account}
	n := r.number("number", in.Number)
	if r.err != nil {
		return nil, r.err
	}
	if err := s.cfg.Store.OptIn(ctx, who.Account.ID, n); err != nil {
		return nil, err
	}
	s.audit(ctx, "optout.removed", "number "+string(n))
	return nil, nil
}

func (s *service) openTrunks() {
	handle(s, op("list-trunks", "GET", "/v1/trunks", "trunks", "List carriers and how they are", clickbridge.TrunksRead), s.listTrunks)
}

func (s *service) listTrunks(context.Context, *struct{}) (*body[List[Trunk]], error) {
	return &body[List[Trunk]]{List[Trunk]{Items: append([]Trunk{}, s.cfg.Trunks()...)}}, nil
}

// AuditEntry is one line of the audit log.
type AuditEntry struct {
	ID      int64                 `json:"id"`
	At      time.Time             `json:"at"`
	Actor   string                `json:"actor"`
	Kind    clickbridge.ActorKind `json:"actor_kind" enum:"user,key,cli,nobody"`
	Addr    string                `json:"remote_addr,omitempty"`
	Action  string                `json:"action"`
	Object  string                `json:"object"`
	Changes []string              `json:"changes,omitempty" nullable:"false"`
}

func (s *service) openAudit() {
	handle(s, op("list-audit", "GET", "/v1/audit", "account", "Who changed what, newest first", clickbridge.AuditRead), s.listAudit)
}

func (s *service) listAudit(ctx context.Context, in *struct {
	Pages
	Span
	Actor  string `query:"actor"`
	Action string `query:"action" doc:"findme.changed, or findme. for all of them"`
}) (*body[List[AuditEntry]], error) {
	var before struct{ ID int64 }
	if err := readCursor(in.Cursor, &before); err != nil {
		return nil, err
	}
	es, err := s.cfg.Store.AuditLog(ctx, store.AuditFilter{
		AccountID: me(ctx).Account.ID, Actor: in.Actor, Action: in.Action, From: in.From, To: in.To, Before: before.ID, Limit: in.Limit + 1,
	})
	if err != nil {
		return nil, err
	}
	var out []AuditEntry
	for _, e := range es {
		out = append(out, AuditEntry{e.ID, e.At.UTC(), e.Actor.Name, e.Actor.Kind, e.Actor.RemoteAddr, e.Action, e.Object, e.Changes})
	}
	return &body[List[AuditEntry]]{cut(out, in.Limit, func(last AuditEntry) string {
		before.ID = last.ID
		return cursorOf(before)
	})}, nil
}
