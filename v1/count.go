package v1

import (
	"context"
	"time"
)

// How far back days are counted without being asked for, how often new ones are
// looked for, and the pause after each: calls need the disk.
const (
	countBack  = 400
	countEvery = time.Hour
	countPause = 200 * time.Millisecond
)

// Run counts days that are over until ctx is done, so that nobody waits for them
// when they open a report.
func (a *API) Run(ctx context.Context) {
	t := time.NewTicker(countEvery)
	defer t.Stop()
	for {
		for _, account := range a.s.cfg.Accounts() {
			if err := a.s.count(ctx, account.ID, account.Location()); err != nil && ctx.Err() == nil {
				a.s.cfg.Log.Warn("days were not counted", "account", account.Name, "err", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// count counts the days of an account that are not counted yet, the newest
// first.
func (s *service) count(ctx context.Context, account int64, zone *time.Location) error {
	y, m, d := time.Now().In(zone).Date()
	today := time.Date(y, m, d, 0, 0, 0, 0, zone)
	known, err := s.cfg.Store.Counted(ctx, account, countedName(0, today.AddDate(0, 0, -countBack)), countedName(0, today))
	if err != nil {
		return err
	}
	for n := 1; n <= countBack; n++ {
		day := today.AddDate(0, 0, -n)
		if _, ok := known[countedName(0, day)]; ok {
			continue
		}
		if _, err := s.day(ctx, known, account, 0, day); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(countPause):
		}
	}
	return nil
}
