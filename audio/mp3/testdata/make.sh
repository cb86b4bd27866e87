#!/bin/sh
# Makes the MP3 files of the tests: five bursts of tones, 0.12 s each with 0.08 s
# of rest after it, which make an encoder change between long and short blocks.
# Left is 440 and 1000 Hz, right 440 and 2500 Hz. Needs sox and lame (Debian 12).
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
make() { # name rate channels options
	name=$1 rate=$2 mix="1v0.25,2v0.25 1v0.25,3v0.25"
	[ "$3" = 2 ] || mix="1v0.25,2v0.125,3v0.125"
	shift 3
	sox -D -R -n -r "$rate" -b 16 "$work/in.wav" synth 0.12 sine 440 sine 1000 sine 2500 remix $mix pad 0 0.08 repeat 4
	lame --quiet --resample "$(awk "BEGIN {print $rate / 1000}")" "$@" "$work/in.wav" "$name.mp3"
}
make 44100-joint 44100 2 -m j -b 64
make 44100-plain 44100 2 -m s -b 64 -p
make 48000-variable 48000 2 -V 5
make 32000-mono 32000 1 -b 48
make 24000-mono 24000 1 -b 32
make 22050-padded 22050 1 -b 32
make 16000-joint 16000 2 -m j -b 24
make 11025-mono 11025 1 -b 24
make 8000-mono 8000 1 -b 16
