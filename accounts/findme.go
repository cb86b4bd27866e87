package accounts

import (
	"fmt"
	"time"

	"clickbridge"
)

type findMe = clickbridge.FindMe

// findMeEntry is one FindMe of a file: what it sets, over whatever holds
// already.
type findMeEntry struct {
	path    string
	id      int64
	numbers bool // whether it says whom it rings
	sets    []func(*findMe)
}

// put remembers a setting that was written and read; nil was not.
func put[T any](e *findMeEntry, v *T, place func(*findMe) *T) {
	if v != nil {
		e.sets = append(e.sets, func(f *findMe) { *place(f) = *v })
	}
}

func (r *reader) findMe(at string, raw rawFindMe) findMeEntry {
	e := findMeEntry{path: at, numbers: raw.Numbers != nil}
	if raw.ID == nil {
		r.fault(at, "id is needed: the number that pages send as findme_id")
	} else if e.id = *raw.ID; e.id <= 0 {
		r.fault(at+".id", "%d is not a whole number above 0", e.id)
	}
	if raw.Name != nil {
		r.label(at, "name", *raw.Name, false)
	}
	put(&e, raw.Name, func(f *findMe) *string { return &f.Name })
	put(&e, r.ring(at+".timeout", raw.Timeout), func(f *findMe) *time.Duration { return &f.Timeout })
	put(&e, r.within(at+".loop_count", raw.LoopCount, clickbridge.MinLoops, clickbridge.MaxLoops, ""), func(f *findMe) *int { return &f.LoopCount })
	r.hunting(at, raw, &e)
	r.answers(at, raw, &e)
	r.screening(at, raw, &e)
	r.voices(at, raw, &e)
	r.recording(at, raw.Record, &e)
	r.ending(at, raw, &e)
	if raw.Numbers != nil {
		list := r.targets(at+".numbers", *raw.Numbers)
		put(&e, &list, func(f *findMe) *[]clickbridge.FindMeNumber { return &f.Numbers })
	}
	return e
}

// hunting reads who is rung, and when.
func (r *reader) hunting(at string, raw rawFindMe, e *findMeEntry) {
	put(e, coded(r, clickbridge.ParseStrategy,
		named{at + ".strategy", raw.Strategy}, named{at + ".distribution_type", raw.DistributionType}, named{at + ".randomize", raw.Randomize}),
		func(f *findMe) *clickbridge.Strategy { return &f.Settings.Strategy })
	put(e, r.within(at+".simul", raw.Simul, 1, clickbridge.MaxSimul, ""), func(f *findMe) *int { return &f.Settings.Simul })
	put(e, coded(r, clickbridge.ParseListType, named{at + ".list_type", raw.ListType}, named{at + ".usr_findme_type", raw.UsrFindMeType}),
		func(f *findMe) *bool { return &f.Settings.Group })
	if raw.Schedule != nil {
		s := r.schedule(at+".schedule", raw.Schedule)
		put(e, &s, func(f *findMe) **clickbridge.Schedule { return &f.Settings.Schedule })
	}
	put(e, coded(r, parseBusy, named{at + ".on_another_call", raw.OnAnotherCall}), func(f *findMe) *bool { return &f.Settings.AllowBusy })
	put(e, raw.DeclineEndsHunt, func(f *findMe) *bool { return &f.Settings.DeclineEndsHunt })
	put(e, r.within(at+".sticky_days", raw.StickyDays, 0, clickbridge.MaxStickyDays, "days"), func(f *findMe) *int { return &f.Settings.StickyDays })
}

// answers reads what an answer counts for.
func (r *reader) answers(at string, raw rawFindMe, e *findMeEntry) {
	put(e, coded(r, clickbridge.ParseAutoAccept, named{at + ".auto_accept", raw.AutoAccept}),
		func(f *findMe) *clickbridge.AutoAccept { return &f.Settings.AutoAccept })
	put(e, raw.DetectMachine, func(f *findMe) *bool { return &f.Settings.DetectMachine })
}

func (r *reader) targets(at string, raw []rawTarget) []clickbridge.FindMeNumber {
	list := make([]clickbridge.FindMeNumber, len(raw))
	for i, n := range raw {
		at := fmt.Sprintf("%s[%d]", at, i)
		list[i] = clickbridge.FindMeNumber{
			Number: r.number(at+".number", n.Number), Name: r.label(at, "name", n.Name, false),
			Timeout:       or(r.ring(at+".timeout", n.Timeout), 0),
			Delay:         or(r.seconds(at+".delay", n.Delay, 0, clickbridge.MaxStartDelay), 0),
			Weight:        or(r.within(at+".weight", n.Weight, 1, clickbridge.MaxWeight, "; paused: true leaves a number out"), 0),
			Paused:        n.Paused,
			Extension:     r.keys(at+".extension", n.Extension),
			ExtensionWait: or(r.seconds(at+".extension_wait", n.ExtensionWait, 0, clickbridge.MaxExtensionWait), 0),
			Schedule:      r.schedule(at+".schedule", n.Schedule),
		}
	}
	return list
}
