package admin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"clickbridge"
)

// MaxClips bounds the clips of an account.
const MaxClips = 200

// Clips returns the uploaded clips of an account, without their sound.
func (a *Admin) Clips(ctx context.Context, account int64) ([]clickbridge.Audio, error) {
	v, err := a.look(ctx, account)
	if err != nil {
		return nil, err
	}
	return v.clips(), nil
}

func (v view) clips() (out []clickbridge.Audio) {
	for _, c := range v.whole.Audio {
		if c.AccountID == v.account.ID {
			out = append(out, c)
		}
	}
	return out
}

// PutClip keeps a clip: file is what was uploaded, ulaw what was made of it.
func (a *Admin) PutClip(ctx context.Context, account int64, name string, file, ulaw []byte) (clip clickbridge.Audio, err error) {
	if name == "" || len(name) > clickbridge.MaxName || strings.TrimSpace(name) != name || strings.ContainsFunc(name, unicode.IsControl) {
		return clip, invalid(fmt.Sprintf("Invalid name %q: must have 1 to %d characters", name, clickbridge.MaxName))
	}
	sum := sha256.Sum256(file)
	clip = clickbridge.Audio{
		AccountID: account, Name: name, SHA256: hex.EncodeToString(sum[:]),
		Length: time.Duration(len(ulaw)) * time.Second / 8000, ULaw: ulaw,
	}
	err = a.change(ctx, account, Deed{"audio.put", "audio " + name}, func(v view) ([]clickbridge.Change, error) {
		if len(v.clips()) >= MaxClips && !v.hasClip(name) {
			return nil, denied(fmt.Sprintf("the account has its %d clips", MaxClips))
		}
		return []clickbridge.Change{{Op: clickbridge.OpPut, Audio: &clip}}, nil
	})
	return clip, err
}

// DeleteClip deletes a clip that no FindMe plays.
func (a *Admin) DeleteClip(ctx context.Context, account int64, name string) error {
	return a.change(ctx, account, Deed{"audio.deleted", "audio " + name}, func(v view) ([]clickbridge.Change, error) {
		if !v.hasClip(name) {
			return nil, notFound(fmt.Sprintf("Audio %q does not exist", name))
		}
		for i := range v.whole.FindMes {
			f := &v.whole.FindMes[i]
			s := &f.Settings
			if f.AccountID == account && slices.Contains([]string{s.Screen.Audio, s.Hold.Music, s.Voice.GreetingAudio, s.Voice.ApologyAudio}, name) {
				return nil, invalid(fmt.Sprintf("Invalid name %q: FindMe %d %s plays it", name, f.ID, f.Name))
			}
		}
		return []clickbridge.Change{{Op: clickbridge.OpDelete, Audio: &clickbridge.Audio{AccountID: account, Name: name}}}, nil
	})
}
