package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"clickbridge"
	"clickbridge/accounts"
	"clickbridge/config"
	"clickbridge/store"
	"clickbridge/store/driver"
)

// commandTime bounds a command's work in the store: another process may hold
// it for a moment, not for ever.
const commandTime = time.Minute

// commandLog is the log of commands that print for people: only what went
// wrong.
func commandLog() *slog.Logger {
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
}

// withStore runs f on the configured store.
func withStore(ctx context.Context, path string, f func(store.Store) error) error {
	cfg, err := config.Load(path, os.Environ())
	if err != nil {
		return err
	}
	return openStore(ctx, cfg, f)
}

func openStore(ctx context.Context, cfg *config.Config, f func(store.Store) error) (err error) {
	ctx, cancel := context.WithTimeout(ctx, commandTime)
	defer cancel()
	opened, err := driver.Open(ctx, dsn(cfg.Store), commandLog())
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	defer func() {
		if cerr := opened.Store.Close(); err == nil {
			err = cerr
		}
	}()
	return f(opened.Store)
}

type applyCmd struct {
	configFlag
	DryRun bool     `help:"Print what would change and change nothing."`
	Prune  bool     `help:"Remove what the files do not name, after listing it."`
	Files  []string `arg:"" help:"Accounts files (YAML)." type:"existingfile"`
}

// Run makes the store hold what the files say.
func (c applyCmd) Run(ctx context.Context) error {
	cfg, err := config.Load(c.Config, os.Environ())
	if err != nil {
		return err
	}
	files, err := readAccounts(c.Files)
	if err != nil {
		return err
	}
	return openStore(ctx, cfg, func(s store.Store) error { return c.apply(ctx, s, cfg, files) })
}

func readAccounts(names []string) ([]*accounts.File, error) {
	var files []*accounts.File
	var faults []error
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		f, err := accounts.Parse(name, data)
		files, faults = append(files, f), append(faults, err)
	}
	return files, errors.Join(faults...)
}

func (c applyCmd) apply(ctx context.Context, s store.Store, cfg *config.Config, files []*accounts.File) error {
	secret, err := secretKey(ctx, s, cfg)
	if err != nil {
		return err
	}
	for _, f := range files {
		for _, n := range f.Notes() {
			fmt.Fprintln(os.Stderr, "note:", n)
		}
	}
	changes, lines, err := c.planAndPrint(ctx, s, cfg, files, secret)
	if err != nil {
		return err
	}
	if len(changes) == 0 {
		fmt.Println("nothing to change")
		return nil
	}
	if c.DryRun {
		fmt.Printf("dry run: %d changes not made\n", len(changes))
		return nil
	}
	if err := s.ApplyAudited(ctx, 0, changes, applied(lines)); err != nil {
		return err
	}
	fmt.Printf("%d changes made\n", len(changes))
	return nil
}

// seed makes the store hold what the files say, without a word.
func seed(ctx context.Context, cfg *config.Config, files ...*accounts.File) error {
	return openStore(ctx, cfg, func(s store.Store) error {
		secret, err := secretKey(ctx, s, cfg)
		if err != nil {
			return err
		}
		current, err := s.Directory(ctx)
		if err != nil {
			return err
		}
		if err := readSounds(current, files, cfg.Audio); err != nil {
			return err
		}
		changes, _, err := accounts.Plan(current, files, secret, false)
		if err != nil {
			return err
		}
		return s.Apply(ctx, changes)
	})
}

func (c applyCmd) planAndPrint(ctx context.Context, s store.Store, cfg *config.Config, files []*accounts.File, secret []byte) ([]clickbridge.Change, []accounts.Line, error) {
	current, err := s.Directory(ctx)
	if err != nil {
		return nil, nil, err
	}
	if err := readSounds(current, files, cfg.Audio); err != nil {
		return nil, nil, err
	}
	changes, lines, err := accounts.Plan(current, files, secret, c.Prune)
	if err != nil {
		return nil, nil, err
	}
	for _, l := range lines {
		fmt.Println(l)
	}
	return changes, lines, nil
}
