package main

import (
	"context"
	"fmt"
	"os"
	"slices"

	"clickbridge"
)

// recordings finds whether sound can be kept: the folder, the room on its disk,
// the bucket.
func (k *checker) recordings(ctx context.Context) (string, error) {
	r := k.cfg.Recordings
	used := k.uses(func(s *clickbridge.FindMeSettings) bool {
		return s.Record.On || s.End.Action == clickbridge.EndVoicemail
	})
	if !used && r.S3.Bucket == "" {
		return "no FindMe records or takes messages", nil
	}
	box, err := newBox(k.cfg, nil, "", k.log)
	if err != nil {
		return "", faulty("correct recordings.s3", "%v", err)
	}
	defer box.Close()
	free, err := box.Ready(ctx)
	if err != nil {
		return "", faulty("correct recordings: what it names must be there and be writable, with more room than min_free", "%v", err)
	}
	where := r.Folder
	if r.S3.Bucket != "" {
		where += ", then bucket " + r.S3.Bucket
	}
	if free == 0 {
		return where, nil
	}
	return fmt.Sprintf("%s (%d GB free)", where, free>>30), nil
}

// speech has a word spoken where FindMes have texts.
func (k *checker) speech(ctx context.Context) (string, error) {
	texts := k.uses(func(s *clickbridge.FindMeSettings) bool {
		v := s.Voice
		return slices.ContainsFunc([]string{s.Screen.Text, v.GreetingText, v.PromptText, v.ApologyText}, func(t string) bool { return t != "" })
	})
	if !texts {
		return "no FindMe has a text to speak", nil
	}
	c := k.cfg.Speech
	folder, err := os.MkdirTemp("", "clickbridge-check-") // not what an earlier word left in the cache
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	c.Cache = folder
	s, err := newSpeaker(c)
	if err != nil {
		return "", faulty("correct speech", "%v", err)
	}
	clip, err := s.Speak(ctx, "Hello.", "en")
	if err != nil {
		return "", faulty("correct speech, install espeak-ng, or leave texts out: what cannot be spoken is said with the sentences in the binary", "%v", err)
	}
	return fmt.Sprintf("says a word in %.1f s of sound", clip.Duration().Seconds()), nil
}

// uses reports whether any FindMe on record does something; where the store did
// not tell, all might.
func (k *checker) uses(does func(*clickbridge.FindMeSettings) bool) bool {
	if k.accounts == nil {
		return true
	}
	return slices.ContainsFunc(k.accounts.FindMes, func(f clickbridge.FindMe) bool { return does(&f.Settings) })
}
