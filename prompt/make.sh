#!/bin/sh
# Makes the spoken clips and the hold music in clips/ from texts/: raw G.711
# mu-law, 8 kHz. Needs espeak-ng 1.51 (Debian 12) and Go, and then makes the same
# bytes again on amd64. The files are committed: run it only to change a text or a
# voice, from anywhere.
#
# A text file names its voice, words a minute and pitch, then one clip a line:
# name, silence after it in seconds, what is said. Its last line has the words
# of the keys; each is made twice, as it sounds within a number and at its end.
#
# The voices are espeak-ng's own male ones with a 10 ms gap between words: their
# many harmonics draw the vowels better within the telephone band than the
# higher variants do. audio cuts them to that band, lifts 2.4 kHz, where consonants
# live, compresses, and brings each clip to one level, as it does with texts that
# espeak-ng speaks during a call: the two can follow each other.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
go build -o "$work/clipmaker" ./clipmaker

say() { # name tail text
	espeak-ng -v "$voice" -s "$speed" -p "$pitch" -g 1 -a 100 -w "$work/raw.wav" "$3"
	"$work/clipmaker" "$2" <"$work/raw.wav" >"$work/clips/$lang/$1.ul"
}

for file in texts/*.txt; do
	lang=$(basename "$file" .txt)
	mkdir -p "$work/clips/$lang"
	while read -r name tail text; do
		case $name in
		voice)
			voice=$tail speed=${text% *} pitch=${text#* }
			;;
		keys)
			for key in $tail $text; do
				say "digit-${key%%:*}" 0.05 "${key#*:},"
				say "last-${key%%:*}" 0.2 "${key#*:}."
			done
			;;
		?*) say "$name" "$tail" "$text" ;;
		esac
	done <"$file"
	echo "$lang: $(cat "$work/clips/$lang"/*.ul | wc -c) bytes"
done
go run ./holdmusic >"$work/clips/hold.ul"
rm -rf clips
cp -r "$work/clips" clips
