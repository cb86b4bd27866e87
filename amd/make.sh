#!/bin/sh
# Makes the clips in testdata/ from texts.txt: raw G.711 mu-law, 8 kHz, cut to
# the telephone band, at -19 dBFS, without the silence around them. A machine's
# is cut after 2.8 s: the detector has decided by then. Needs espeak-ng 1.51 and
# sox 14.4 (Debian 12: espeak-ng, sox), and then makes the same bytes again. The
# files are committed: run it only to change a text or a voice, from anywhere.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say() { # file voice speed text
	espeak-ng -v "$2" -s "$3" -w "$work/raw.wav" "$4"
	sox -D "$work/raw.wav" -r 8000 -c 1 -b 16 "$work/cut.wav" \
		gain -6 sinc -a 60 -t 150 270-3450 \
		silence 1 0.005 -48d reverse silence 1 0.005 -48d reverse
	rms=$(sox "$work/cut.wav" -n stat 2>&1 | awk '/RMS.*amplitude/ {print $3}')
	gain=$(awk "BEGIN {print -19 - 20 * log($rms) / log(10)}")
	sox -V1 -D "$work/cut.wav" -t ul "testdata/$1.ul" gain -l "$gain" trim 0 "$longest"
}

mkdir -p testdata
rm -f testdata/*.ul
grep -v '^#' texts.txt | while read -r kind lang speed text; do
	case $kind in
	human | machine)
		longest=10
		if [ "$kind" = machine ]; then longest=2.8; fi
		n=$((${n:-0} + 1))
		for which in a b; do
			voice=$(awk "\$1 == \"voice\" && \$2 == \"$lang\" && \$3 == \"$which\" {print \$4}" texts.txt)
			say "$kind-$lang-$(printf %02d "$n")$which" "$voice" "$speed" "$text"
		done
		;;
	esac
done
echo "$(cat testdata/*.ul | wc -c) bytes in $(ls testdata | wc -l) clips"
