package v1

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"clickbridge"
	"clickbridge/store"
)

// Report is what became of calls, counted.
type Report struct {
	From     time.Time      `json:"from"`
	To       time.Time      `json:"to"`
	TimeZone string         `json:"time_zone" doc:"Whose days and hours are counted"`
	Total    Count          `json:"total"`
	ByDay    []DayCount     `json:"by_day" nullable:"false"`
	ByHour   []HourCount    `json:"by_hour" nullable:"false" doc:"Of the day, 0 to 23"`
	ByAgent  []AgentCount   `json:"by_agent" nullable:"false" doc:"Who was rung most first"`
	ByResult map[string]int `json:"by_result"`
}

// Count is of some calls.
type Count struct {
	Calls           int     `json:"calls"`
	Accepted        int     `json:"accepted"`
	Bridged         int     `json:"bridged"`
	SecondsToAccept float64 `json:"seconds_to_accept" doc:"On average, from the click; 0 where nobody accepted"`
	TalkSeconds     float64 `json:"talk_seconds" doc:"In all"`

	ToAccept float64 `json:"seconds_to_accept_in_all" doc:"For averages of averages"`
}

// DayCount is of one day.
type DayCount struct {
	Day string `json:"day" format:"date"`
	Count
}

// HourCount is of one hour of all days.
type HourCount struct {
	Hour int `json:"hour"`
	Count
}

// AgentCount is of one agent.
type AgentCount struct {
	Number       clickbridge.Number `json:"number"`
	Name         string             `json:"name,omitempty"`
	Rung         int                `json:"rung" doc:"How often they were dialled"`
	Answered     int                `json:"answered"`
	Accepted     int                `json:"accepted"`
	AnswerRate   float64            `json:"answer_rate" doc:"Accepted of rung, 0 to 1"`
	RingToAnswer float64            `json:"ring_seconds" doc:"On average, of those answered"`

	Ring float64 `json:"ring_seconds_in_all"`
}

// longest span of a report.
const longest = 400 * 24 * time.Hour

func (s *service) openReport() {
	handle(s, op("get-report", "GET", "/v1/report", "report", "Count calls by day, hour, result and agent", clickbridge.ReportRead,
		says("The calls themselves: GET /v1/calls with the same filters. Days that are over are counted once and kept.")), s.getReport)
}

func (s *service) getReport(ctx context.Context, in *struct {
	From     string `query:"from" format:"date" doc:"First day; 30 days ago where left out"`
	To       string `query:"to" format:"date" doc:"Last day; today where left out"`
	FindMeID int64  `query:"findme_id"`
}) (*body[Report], error) {
	who := me(ctx)
	now := time.Now().In(who.Zone)
	last, err := day(who.Zone, "to", in.To, now)
	if err != nil {
		return nil, err
	}
	first, err := day(who.Zone, "from", in.From, last.AddDate(0, 0, -30))
	switch {
	case err != nil:
		return nil, err
	case last.Before(first):
		return nil, invalid("to", in.To, "is before from")
	case last.Sub(first) > longest:
		return nil, invalid("from", in.From, "must be at most 400 days before to")
	}
	t := newTally()
	out := Report{From: first.UTC(), To: last.AddDate(0, 0, 1).UTC(), TimeZone: who.Zone.String(), ByDay: []DayCount{}}
	known, err := s.cfg.Store.Counted(ctx, who.Account.ID, countedName(in.FindMeID, first), countedName(in.FindMeID, last))
	if err != nil {
		return nil, err
	}
	for d := first; !d.After(last); d = d.AddDate(0, 0, 1) {
		one, err := s.day(ctx, known, who.Account.ID, in.FindMeID, d)
		if err != nil {
			return nil, err
		}
		out.ByDay = append(out.ByDay, DayCount{d.Format(time.DateOnly), one.Total.average()})
		t.merge(one)
	}
	t.write(&out)
	return &body[Report]{out}, nil
}

// day returns the beginning of a day.
func day(zone *time.Location, field, s string, otherwise time.Time) (time.Time, error) {
	if s == "" {
		y, m, d := otherwise.Date()
		return time.Date(y, m, d, 0, 0, 0, 0, zone), nil
	}
	t, err := time.ParseInLocation(time.DateOnly, s, zone)
	if err != nil {
		return t, invalid(field, s, "must be a day as 2026-01-31")
	}
	return t, nil
}

// day counts one day, or remembers what it was: a day that is over does not
// change any more.
func (s *service) day(ctx context.Context, known map[string]string, account, findMe int64, from time.Time) (*tally, error) {
	name, to := countedName(findMe, from), from.AddDate(0, 0, 1)
	t := newTally()
	if text, ok := known[name]; ok && json.Unmarshal([]byte(text), t) == nil && t.From == from.Unix() && t.To == to.Unix() {
		return t, nil
	}
	t = newTally()
	t.From, t.To = from.Unix(), to.Unix()
	if from.After(time.Now()) {
		return t, nil
	}
	open := false
	err := s.cfg.Store.EachCall(ctx, store.Filter{AccountID: account, FindMeID: findMe, From: from, To: to}, func(r store.Record) error {
		t.add(&r, from.Location())
		open = open || r.Call.InFlight()
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !open && time.Now().After(to) {
		text, _ := json.Marshal(t) // numbers and strings
		if err := s.cfg.Store.KeepCounted(ctx, account, name, string(text)); err != nil {
			s.cfg.Log.Warn("what was counted is not kept", "err", err)
		}
	}
	return t, nil
}

// countedName is a day's; those of one FindMe lie side by side. A day in another
// zone has the same name, and other bounds.
func countedName(findMe int64, day time.Time) string {
	return fmt.Sprintf("report %d %s", findMe, day.Format(time.DateOnly))
}

// tally is counted calls, as it is kept.
type tally struct {
	From, To int64 // seconds since 1970
	Total    Count
	Hours    [24]Count
	Results  map[string]int
	Agents   map[clickbridge.Number]*AgentCount
}

func newTally() *tally {
	return &tally{Results: map[string]int{}, Agents: map[clickbridge.Number]*AgentCount{}}
}

func (t *tally) add(r *store.Record, zone *time.Location) {
	c := Count{Calls: 1}
	if s, ok := r.Call.SecondsToAccept(); ok {
		c.Accepted, c.ToAccept = 1, s
	}
	if !r.Call.BridgedAt.IsZero() {
		c.Bridged = 1
	}
	c.TalkSeconds, _ = r.Call.TalkSeconds()
	t.Total.plus(c)
	t.Hours[r.Call.CreatedAt.In(zone).Hour()].plus(c)
	t.Results[string(r.Call.Result)]++
	for i := range r.Attempts {
		a := &r.Attempts[i]
		if a.Party != clickbridge.PartyFindMe || a.Trunk == "" {
			continue
		}
		one := AgentCount{Number: a.Number, Name: a.Name, Rung: 1}
		if !a.AnsweredAt.IsZero() {
			one.Answered, one.Ring = 1, a.RingSeconds()
		}
		if a.Result == clickbridge.AttemptAccepted {
			one.Accepted = 1
		}
		t.agent(one)
	}
}

func (t *tally) agent(a AgentCount) {
	have := t.Agents[a.Number]
	if have == nil {
		have = &AgentCount{Number: a.Number}
		t.Agents[a.Number] = have
	}
	have.Name = cmp.Or(a.Name, have.Name)
	have.Rung += a.Rung
	have.Answered += a.Answered
	have.Accepted += a.Accepted
	have.Ring += a.Ring
}

func (t *tally) merge(o *tally) {
	t.Total.plus(o.Total)
	for i := range t.Hours {
		t.Hours[i].plus(o.Hours[i])
	}
	for r, n := range o.Results {
		t.Results[r] += n
	}
	for _, a := range o.Agents {
		t.agent(*a)
	}
}

func (c *Count) plus(o Count) {
	c.Calls += o.Calls
	c.Accepted += o.Accepted
	c.Bridged += o.Bridged
	c.TalkSeconds += o.TalkSeconds
	c.ToAccept += o.ToAccept
}

func (c Count) average() Count {
	if c.Accepted > 0 {
		c.SecondsToAccept = c.ToAccept / float64(c.Accepted)
	}
	return c
}

func (t *tally) write(out *Report) {
	out.Total, out.ByResult, out.ByAgent = t.Total.average(), t.Results, []AgentCount{}
	for h := range t.Hours {
		out.ByHour = append(out.ByHour, HourCount{h, t.Hours[h].average()})
	}
	for _, a := range t.Agents {
		a.AnswerRate = float64(a.Accepted) / float64(a.Rung)
		if a.Answered > 0 {
			a.RingToAnswer = a.Ring / float64(a.Answered)
		}
		out.ByAgent = append(out.ByAgent, *a)
	}
	slices.SortFunc(out.ByAgent, func(x, y AgentCount) int { return cmp.Or(y.Rung-x.Rung, cmp.Compare(x.Number, y.Number)) })
}
