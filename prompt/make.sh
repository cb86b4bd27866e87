#!/bin/sh
# Makes the spoken clips and the hold music in clips/: raw G.711 mu-law, 8 kHz.
# Needs espeak-ng 1.51 and sox 14.4 (Debian: espeak-ng, sox) and Go. The files
# are committed: run it only to change a text or the voice, from anywhere.
#
# The voice is espeak-ng's en-us at 160 words a minute with a 10 ms gap between
# words: of its voices and speeds the clearest through a telephone. Each clip
# is cut to the telephone band, lifted at 2.4 kHz where consonants live,
# compressed, and brought to one level, about -19 dBFS.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say() { # name text
	espeak-ng -v en-us -s 160 -p 42 -g 1 -a 100 -w "$work/raw.wav" "$2"
	sox -D "$work/raw.wav" -r 8000 -c 1 -b 16 "$work/cut.wav" \
		gain -6 highpass 220 equalizer 2400 1.2q +4 lowpass 3400 \
		compand 0.005,0.12 6:-60,-60,-40,-26,-20,-15,0,-9 0 -20 0.005 \
		silence 1 0.005 -48d reverse silence 1 0.005 -48d reverse
	rms=$(sox "$work/cut.wav" -n stat 2>&1 | awk '/RMS.*amplitude/ {print $3}')
	gain=$(awk "BEGIN {print -19 - 20 * log($rms) / log(10)}")
	sox -D "$work/cut.wav" -t ul "clips/$1.ul" gain -l "$gain" \
		fade t 0.004 -0 0.008 pad 0.02 "$3"
	printf '%-24s %s\n' "$1" "$2"
}

mkdir -p clips
rm -f clips/*.ul

say greeting              "Thank you. Please hold while we connect your call." 0.3
say call-from             "Call from" 0.12
say unknown-number        "an unknown number." 0.3
say press                 "Press 1 to accept, or 2 to decline." 0.3
say press-again           "To take this call, press 1. To decline, press 2." 0.3
say accepted              "Connecting." 0.1
say nobody-available      "We are sorry. Nobody is available to take your call right now. Please try again later. Goodbye." 0.3
say unreachable-busy      "The number is busy. Goodbye." 0.3
say unreachable-no-answer "There is no answer. Goodbye." 0.3
say unreachable-declined  "The call was declined. Goodbye." 0.3
say unreachable-failed    "The number could not be reached. Goodbye." 0.3
say test-call             "This is a test call from Click Bridge. If you can hear this sentence, the sound is working. Goodbye." 0.3
say taken                 "This call has been taken. Goodbye." 0.3
say goodbye               "Goodbye." 0.3
say digit-plus            "plus," 0.05
i=0
for word in zero one two three four five six seven eight nine; do
	say "digit-$i" "$word," 0.05
	i=$((i + 1))
done

go run ./holdmusic > clips/hold.ul
ls -l clips | awk '{n += $5} END {print n " bytes in all"}'
