package v1

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"clickbridge"
	"clickbridge/admin"
)

// FindMeRef names a FindMe.
type FindMeRef struct {
	ID int64 `path:"id" minimum:"1"`
}

// tagged is an answer that may be changed only as it was read.
type tagged[T any] struct {
	ETag string `header:"ETag" doc:"For If-Match"`
	Body T
}

func (s *service) openFindMes() {
	handle(s, op("list-findmes", "GET", "/v1/findmes", "findmes", "List FindMes", clickbridge.FindMesRead), s.listFindMes)
	handle(s, op("create-findme", "POST", "/v1/findmes", "findmes", "Save a new FindMe", clickbridge.FindMesWrite, status(201)), s.createFindMe)
	handle(s, op("get-findme", "GET", "/v1/findmes/{id}", "findmes", "Read a FindMe", clickbridge.FindMesRead), s.getFindMe)
	handle(s, op("put-findme", "PUT", "/v1/findmes/{id}", "findmes", "Replace a FindMe", clickbridge.FindMesWrite, mayFail(412),
		says("With If-Match it is replaced only if it is as it was read; else the answer is 412.")), s.putFindMe)
	handle(s, op("delete-findme", "DELETE", "/v1/findmes/{id}", "findmes", "Delete a FindMe", clickbridge.FindMesWrite, status(204)), s.deleteFindMe)
}

// etag is of what a FindMe says.
func etag(f *clickbridge.FindMe) string {
	b, _ := json.Marshal(f) // it holds nothing that JSON has not
	sum := sha256.Sum256(b)
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}

func (s *service) listFindMes(ctx context.Context, in *Pages) (*body[List[FindMe]], error) {
	fs, err := s.cfg.Admin.FindMes(ctx, me(ctx).Account.ID)
	if err != nil {
		return nil, err
	}
	var after struct{ ID int64 }
	if err := readCursor(in.Cursor, &after); err != nil {
		return nil, err
	}
	fs = slices.DeleteFunc(fs, func(f clickbridge.FindMe) bool { return f.ID <= after.ID })
	var out []FindMe
	for i := range fs[:min(len(fs), in.Limit+1)] {
		out = append(out, findMeOf(&fs[i]))
	}
	return &body[List[FindMe]]{cut(out, in.Limit, func(last FindMe) string {
		after.ID = last.ID
		return cursorOf(after)
	})}, nil
}

func (s *service) getFindMe(ctx context.Context, in *FindMeRef) (*tagged[FindMe], error) {
	f, err := s.cfg.Admin.FindMe(ctx, me(ctx).Account.ID, in.ID)
	if err != nil {
		return nil, notFoundAs(err, fmt.Sprint("FindMe ", in.ID))
	}
	return &tagged[FindMe]{etag(&f), findMeOf(&f)}, nil
}

// notFoundAs words what the old API words in its own way.
func notFoundAs(err error, what string) error {
	if clickbridge.ErrorCode(err) == clickbridge.ENOTFOUND {
		return notFound(what)
	}
	return err
}

type newFindMeOutput struct {
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     FindMe
}

func (s *service) createFindMe(ctx context.Context, in *struct{ Body FindMe }) (*newFindMeOutput, error) {
	who := me(ctx)
	f, err := s.cfg.Admin.CreateFindMe(admin.By(ctx, who.Actor), who.Account.ID, in.Body.write)
	if err != nil {
		return nil, err
	}
	return &newFindMeOutput{fmt.Sprintf("/v1/findmes/%d", f.ID), etag(&f), findMeOf(&f)}, nil
}

func (s *service) putFindMe(ctx context.Context, in *struct {
	FindMeRef
	IfMatch string `header:"If-Match" doc:"ETag of the FindMe as it was read"`
	Body    FindMe
}) (*tagged[FindMe], error) {
	who := me(ctx)
	f, err := s.cfg.Admin.ChangeFindMe(admin.By(ctx, who.Actor), who.Account.ID, in.ID, func(a *clickbridge.Account, f *clickbridge.FindMe) error {
		if in.IfMatch != "" && in.IfMatch != "*" && in.IfMatch != etag(f) {
			return conflicts(staleETag, "The FindMe was changed meanwhile: read it again")
		}
		return in.Body.write(a, f)
	})
	if err != nil {
		return nil, notFoundAs(err, fmt.Sprint("FindMe ", in.ID))
	}
	return &tagged[FindMe]{etag(&f), findMeOf(&f)}, nil
}

func (s *service) deleteFindMe(ctx context.Context, in *FindMeRef) (*nothing, error) {
	who := me(ctx)
	return nil, notFoundAs(s.cfg.Admin.DeleteFindMe(admin.By(ctx, who.Actor), who.Account.ID, in.ID), fmt.Sprint("FindMe ", in.ID))
}
