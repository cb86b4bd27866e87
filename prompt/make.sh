#!/bin/sh
# Makes the spoken clips and the hold music in clips/ from texts/: raw G.711
# mu-law, 8 kHz. Needs espeak-ng 1.51, sox 14.4 (Debian 12: espeak-ng, sox) and
# Go, and then makes the same bytes again. The files are committed: run it only
# to change a text or a voice, from anywhere.
#
# A text file names its voice, words a minute and pitch, then one clip a line:
# name, silence after it in seconds, what is said. Its last line has the words
# of the keys; each is made twice, as it sounds within a number and at its end.
#
# The voices are espeak-ng's own male ones with a 10 ms gap between words: their
# many harmonics draw the vowels better within the telephone band than the
# higher variants do. Each clip is cut to that band, 300-3400 Hz, lifted at
# 2.4 kHz where consonants live, compressed, and brought to one level, -19 dBFS.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say() { # name tail text
	espeak-ng -v "$voice" -s "$speed" -p "$pitch" -g 1 -a 100 -w "$work/raw.wav" "$3"
	sox -D "$work/raw.wav" -r 8000 -c 1 -b 16 "$work/cut.wav" \
		gain -6 sinc -a 60 -t 150 270-3450 equalizer 2400 1.2q +4 \
		compand 0.005,0.12 6:-60,-60,-40,-26,-20,-15,0,-9 0 -20 0.005 \
		silence 1 0.005 -48d reverse silence 1 0.005 -48d reverse
	rms=$(sox "$work/cut.wav" -n stat 2>&1 | awk '/RMS.*amplitude/ {print $3}')
	gain=$(awk "BEGIN {print -19 - 20 * log($rms) / log(10)}")
	sox -D "$work/cut.wav" -t ul "clips/$lang/$1.ul" gain -l "$gain" \
		fade t 0.004 -0 0.008 pad 0.02 "$2"
}

rm -rf clips
for file in texts/*.txt; do
	lang=$(basename "$file" .txt)
	mkdir -p "clips/$lang"
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
	echo "$lang: $(cat "clips/$lang"/*.ul | wc -c) bytes"
done
go run ./holdmusic >clips/hold.ul
