package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"clickbridge"
	"clickbridge/config"
	"clickbridge/notify"
	"clickbridge/record"
	"clickbridge/speech"
	"clickbridge/store"
)

// newBox returns the keeper of recordings of a configuration.
func newBox(cfg *config.Config, st store.Store, node string, log *slog.Logger) (*record.Box, error) {
	r := cfg.Recordings
	c := record.Config{
		Folder: r.Folder, Node: node, Keep: time.Duration(r.Keep), MinFree: int64(r.MinFree), Store: st, Logger: log,
	}
	if r.S3.Bucket != "" {
		var err error
		c.Bucket, err = record.NewBucket(record.BucketConfig{
			Endpoint: r.S3.Endpoint, Region: r.S3.Region, Name: r.S3.Bucket, AccessKey: r.S3.AccessKey,
			SecretKey: string(r.S3.SecretKey), Prefix: r.S3.Prefix, PathStyle: r.S3.PathStyle,
		})
		if err != nil {
			return nil, err
		}
	}
	return record.New(c), nil
}

// newSpeaker returns what speaks the texts of lists.
func newSpeaker(c config.Speech) (*speech.Speaker, error) {
	return speech.New(speech.Config{
		Engine: c.Engine, URL: c.URL, Header: string(c.Header), Voice: c.Voice, Folder: c.Cache, FolderBytes: int64(c.CacheSize),
	})
}

// attachments gives mails their recordings.
type attachments struct{ box *record.Box }

func (a attachments) Open(ctx context.Context, id clickbridge.RecordingID) (clickbridge.Recording, io.ReadCloser, error) {
	r, f, err := a.box.Open(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		err = fmt.Errorf("%w: %w", notify.ErrGone, err)
	}
	return r, f, err
}

type recordingsCmd struct {
	List   recordingsListCmd   `cmd:"" help:"Recorded calls and messages, newest first."`
	Get    recordingsGetCmd    `cmd:"" help:"Write a recording to a file."`
	Delete recordingsDeleteCmd `cmd:"" help:"Delete a recording's sound; that there was one stays on record."`
}

type recordingsListCmd struct {
	configFlag
	Call  string `help:"Only of this call." placeholder:"ID"`
	Limit int    `help:"At most so many." default:"100"`
}

// Run prints recordings.
func (c recordingsListCmd) Run(ctx context.Context) error {
	return withStore(ctx, c.Config, func(s store.Store) error {
		rs, err := s.ListRecordings(ctx, store.RecordingFilter{CallID: clickbridge.CallID(c.Call), Limit: c.Limit})
		if err != nil {
			return err
		}
		w := table("TIME", "RECORDING", "CALL", "KIND", "STATE", "LENGTH", "KEPT UNTIL", "TOLD", "NOTE")
		for _, r := range rs {
			until := ""
			if !r.KeepUntil.IsZero() {
				until = r.KeepUntil.Local().Format(time.DateOnly)
			}
			row(w, stamp(r.StartedAt), r.ID, r.CallID, r.Kind, r.State, r.Length.Round(100*time.Millisecond), until, r.Consent, r.Note)
		}
		return done(w, len(rs), "no recordings")
	})
}

// aRecording names a recording of a configuration's box.
type aRecording struct {
	configFlag
	ID string `arg:"" help:"The recording's id."`
}

func (c aRecording) with(ctx context.Context, act func(b *record.Box, id clickbridge.RecordingID) error) error {
	cfg, err := config.Load(c.Config, os.Environ())
	if err != nil {
		return err
	}
	return withStore(ctx, c.Config, func(s store.Store) error {
		id := clickbridge.RecordingID(c.ID)
		r, err := s.Recording(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("recording %s does not exist; `clickbridge recordings list` shows the ids", c.ID)
		}
		if err != nil {
			return err
		}
		box, err := newBox(cfg, s, r.Node, commandLog()) // the folder may be shared by nodes: look there first
		if err != nil {
			return err
		}
		err = act(box, id)
		return errors.Join(err, box.Close())
	})
}

type recordingsGetCmd struct {
	aRecording
	Out string `short:"o" help:"Where to; - is the standard output." default:"" placeholder:"FILE"`
}

// Run writes the file.
func (c recordingsGetCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(b *record.Box, id clickbridge.RecordingID) error {
		r, from, err := b.Open(ctx, id)
		if err != nil {
			return err
		}
		defer from.Close()
		if c.Out == "-" {
			_, err = io.Copy(os.Stdout, from)
			return err
		}
		name := c.Out
		if name == "" {
			name = filepath.Base(r.File)
		}
		return save(name, from)
	})
}

// save writes a new file; one that is there is left alone.
func save(name string, from io.Reader) (err error) {
	to, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o640)
	if err != nil {
		return err
	}
	defer func() {
		if e := to.Close(); err == nil {
			err = e
		}
	}()
	n, err := io.Copy(to, from)
	if err == nil {
		fmt.Printf("%s: %d bytes\n", name, n)
	}
	return err
}

type recordingsDeleteCmd struct {
	aRecording
}

// Run deletes the sound.
func (c recordingsDeleteCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(b *record.Box, id clickbridge.RecordingID) error {
		err := b.Delete(ctx, id)
		if err == nil {
			fmt.Printf("recording %s is deleted\n", id)
		}
		return err
	})
}
