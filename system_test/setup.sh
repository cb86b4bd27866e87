#!/usr/bin/env bash
# Installs what the tests need from Debian and the machine lacks: PostgreSQL for
# the second store, SIPp and baresip as real SIP peers, espeak-ng for spoken
# texts, Chromium to look at the console. Prints the exact command and fails where it cannot.
set -euo pipefail

missing=()
have() { command -v "$1" >/dev/null 2>&1; }
have sipp || missing+=(sip-tester)
have baresip || missing+=(baresip)
have espeak-ng || missing+=(espeak-ng)
have postgres || compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || missing+=(postgresql)
have chromium || have google-chrome || missing+=(chromium)
have gcc || missing+=(gcc libc6-dev) # the race detector needs a C compiler

# SIPp plays captured keys through a raw socket, which takes a capability where
# the tests do not run as root.
allow_raw() {
  [ "$(id -u)" -eq 0 ] && return 0
  local sipp
  sipp=$(command -v sipp)
  getcap "$sipp" | grep -q cap_net_raw && return 0
  echo "SIPp needs: sudo setcap cap_net_raw+ep $sipp"
  sudo -n setcap cap_net_raw+ep "$sipp"
}

if [ ${#missing[@]} -eq 0 ]; then
  allow_raw
  exit 0
fi

install="apt-get install -y --no-install-recommends ${missing[*]}"
sudo=""
[ "$(id -u)" -eq 0 ] || sudo="sudo -n"
echo "tests need: ${missing[*]}; installing with: $sudo $install"
export DEBIAN_FRONTEND=noninteractive
if ! have apt-get || ! { $sudo apt-get update -qq && $sudo env DEBIAN_FRONTEND=noninteractive $install >/tmp/clickbridge-setup.log 2>&1; }; then
  tail -n 5 /tmp/clickbridge-setup.log 2>/dev/null || true
  echo "could not install them. Run, as root:  apt-get update && $install" >&2
  exit 1
fi
allow_raw
