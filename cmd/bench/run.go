package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// run is one row of the table.
type run struct {
	name    string
	scene   string
	rate    int // clicks a second
	bridged int // or: calls talking at once
	length  time.Duration
}

// areas are United States area codes; with 555-01xx they make numbers that no
// real telephone has.
var areas = strings.Fields(`201 202 203 205 206 207 208 209 210 212 213 214 215 216 217 218 219 224 225 228
 229 231 234 239 240 248 251 252 253 254 256 260 262 267 269 270 276 281 301 302 303 304 305 307 308 309 310
 313 314 315 316 317 318 319 320 321 323 325 330 331 334 336 337 339 347 351 352 360 361 385 386 401 402 404
 405 406 407 408 409 410 412 413 414 415 417 419 423 424 425 430 432 434 435 440 443 458 469 470 475 478 479 480 484`)

func caller(i int) string {
	return fmt.Sprintf("%s55501%02d", areas[i/100%len(areas)], i%100)
}

func (r run) measure(ctx context.Context, binary string) error {
	agents := [][]string{acceptAreas}
	if r.scene == "refusals" {
		agents = [][]string{busyAreas, refuseAreas, acceptAreas}
	}
	b, err := setUp(ctx, binary, r.scene, agents)
	if err != nil {
		return err
	}
	defer b.tearDown()
	idle, err := usage(b.server.Process.Pid)
	if err != nil {
		return err
	}
	if r.bridged > 0 {
		return r.relay(ctx, b, idle)
	}
	return r.clicks(ctx, b, idle)
}

// clicks sends clicks at an even rate and prints what they cost.
func (r run) clicks(ctx context.Context, b *bed, before sample) error {
	n := min(r.rate*int(r.length/time.Second), 100*len(areas))
	sent, connected := make([]time.Time, n), make([]bool, n)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}}
	var wg sync.WaitGroup
	begin := time.Now()
	for i := range n {
		due := begin.Add(time.Duration(i) * time.Second / time.Duration(r.rate))
		select {
		case <-time.After(time.Until(due)):
		case <-ctx.Done():
			return ctx.Err()
		}
		wg.Go(func() {
			sent[i] = time.Now()
			connected[i] = click(ctx, client, b.url, i)
		})
	}
	wg.Wait()
	took := time.Since(begin)
	select { // the last calls live a moment longer
	case <-time.After(2 * time.Second):
	case <-ctx.Done():
	}
	after, err := usage(b.server.Process.Pid)
	if err != nil {
		return err
	}
	records, err := connectedRecords(ctx, b.url)
	if err != nil {
		return err
	}
	invited, err := b.invited()
	if err != nil {
		return err
	}
	var lat []time.Duration
	for i := range n {
		if at, ok := invited[caller(i)]; ok {
			lat = append(lat, time.Unix(0, at).Sub(sent[i]))
		}
	}
	fmt.Printf("%-9s %4d clicks/s offered, %6.1f/s done: %d of %d answered, %d recorded as Connected (%.2f %%)\n",
		r.name, r.rate, float64(n)/took.Seconds(), count(connected), n, records, 100*float64(records)/float64(n))
	fmt.Printf("          server CPU per click %.2f ms (user %.2f, system %.2f); RSS %d MB\n",
		ms(after.total()-before.total())/float64(n), ms(after.user-before.user)/float64(n), ms(after.system-before.system)/float64(n), after.rss>>20)
	fmt.Printf("          HTTP request in → first INVITE out: p50 %.1f ms, p99 %.1f ms\n", ms(quantile(lat, 0.5)), ms(quantile(lat, 0.99)))
	return nil
}

// click places the i-th click and reports whether it was answered as connected.
func click(ctx context.Context, c *http.Client, url string, i int) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf(
		"%s/ibp_api.php?&action=clickto.findme&access_key=foo&secret_access_key=bar&findme_id=%d&type=1&phone_to_call=%s",
		url, 1+i%lists, caller(i)), http.NoBody)
	if err != nil {
		return false
	}
	res, err := c.Do(req)
	if err != nil {
		return false
	}
	defer func() { _ = res.Body.Close() }()
	body, _ := io.ReadAll(res.Body)
	return string(body) == "Call Connected"
}

// connectedRecords counts the calls the report calls Connected.
func connectedRecords(ctx context.Context, url string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/ibp_api.php?action=report.clickto&access_key=foo&secret_access_key=bar&format=csv", http.NoBody)
	if err != nil {
		return 0, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = res.Body.Close() }()
	rows, err := csv.NewReader(res.Body).ReadAll()
	if err != nil || len(rows) == 0 {
		return 0, fmt.Errorf("report: %w", err)
	}
	at := slices.Index(rows[0], "result")
	if at < 0 {
		return 0, fmt.Errorf("report has no column result: %q", rows[0])
	}
	n := 0
	for _, row := range rows[1:] {
		if row[at] == "Connected" {
			n++
		}
	}
	return n, nil
}

// relay bridges calls, lets them talk and prints what that costs.
func (r run) relay(ctx context.Context, b *bed, idle sample) error {
	client := &http.Client{}
	for i := range r.bridged {
		if !click(ctx, client, b.url, i) {
			return fmt.Errorf("click %d was not connected", i)
		}
	}
	wait := func(d time.Duration) {
		select {
		case <-time.After(d):
		case <-ctx.Done():
		}
	}
	wait(3 * time.Second) // the last accept, and the garbage of setting up
	before, err := usage(b.server.Process.Pid)
	if err != nil {
		return err
	}
	wait(r.length)
	after, err := usage(b.server.Process.Pid)
	if err != nil {
		return err
	}
	seconds := after.at.Sub(before.at).Seconds()
	user, system := ms(after.user-before.user)/1000/seconds, ms(after.system-before.system)/1000/seconds
	packets := float64(r.bridged) * 100
	fmt.Printf("%-9s %d bridged calls, PCMU both ways, %.0f packets/s relayed\n", r.name, r.bridged, packets)
	fmt.Printf("          of one core per 100 calls: user %.1f %%, system %.1f %%; per packet %.1f µs\n",
		100*user*100/float64(r.bridged), 100*system*100/float64(r.bridged), (user+system)/packets*1e6)
	fmt.Printf("          RSS per bridged call %d KB (idle %d MB, now %d MB)\n",
		(after.rss-idle.rss)/int64(r.bridged)>>10, idle.rss>>20, after.rss>>20)
	return nil
}

func count(bs []bool) (n int) {
	for _, b := range bs {
		if b {
			n++
		}
	}
	return n
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func quantile(ds []time.Duration, q float64) time.Duration {
	if len(ds) == 0 {
		return 0
	}
	slices.Sort(ds)
	return ds[min(int(q*float64(len(ds))), len(ds)-1)]
}
