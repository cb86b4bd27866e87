//go:build !linux

package main

import (
	"context"
	"errors"
	"time"
)

// The media runs need Linux: they read when packets left from its kernel.
const engineArg = "media-engine"

var errLinux = errors.New("the media runs need Linux")

func runEngine([]string) error                              { return errLinux }
func measurePrompts(context.Context, time.Duration) error   { return errLinux }
func measureRecording(context.Context, time.Duration) error { return errLinux }
