#!/bin/sh
# Speed and memory beside other programs on the same machine and the same log.
#
#   bench/run.sh            all parts
#   bench/run.sh sshd       or entra, memory: one of them
#
# Logs and other people's programs go to bench/cache, results to bench/out; git
# ignores both. Nothing is installed: Debian packages are only unpacked there,
# so no service of theirs can start. What cannot be had is listed as skipped.
#
# LIMIT is how long one program may take (default 10m).
set -eu

cd "$(dirname "$0")/.."
root=$PWD
cache=$root/bench/cache
peers=$cache/peers
limit=${LIMIT:-10m}
results=$root/bench/out/$(date -u +%Y-%m-%dT%H-%M-%SZ).jsonl
mkdir -p "$cache" "$root/bench/out"

go build -o "$cache/gen" ./bench/gen
go build -o "$cache/measure" ./bench/measure

# generate NAME FILE: the log, unless this state of the generator wrote it.
generate() {
	state=$(find simulate bench/gen -name '*.yaml' -o -name '*.go' ! -name '*_test.go' | sort | xargs cat | cksum)
	if [ ! -s "$cache/$2" ] || [ "$(cat "$cache/$2.state" 2>/dev/null)" != "$state" ]; then
		echo "writing $2" >&2
		"$cache/gen" "$1" "$cache/$2"
		echo "$state" >"$cache/$2.state"
	fi
	log=$cache/$2
	input=$2
	lines=$(wc -l <"$log")
	cat "$log" >/dev/null # every program finds it in the page cache
}

# measure NAME [OPTION]... COMMAND...
measure() {
	name=$1
	shift
	echo "running $name on $input" >&2
	"$cache/measure" run -name "$name" -input "$input" -lines "$lines" -limit "$limit" -to "$results" "$@"
}

skip() {
	echo "skipping $1: $2" >&2
	"$cache/measure" skip -name "$1" -input "$input" -why "$2" -to "$results"
}

# unpack PACKAGE: a Debian package into the folder of peers.
unpack() {
	[ -e "$peers/.$1" ] && return 0
	command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || return 1
	mkdir -p "$peers/deb"
	(cd "$peers/deb" && apt-get -qq download "$1" >/dev/null 2>&1) || return 1
	for deb in "$peers/deb/$1"_*.deb; do
		dpkg-deb -x "$deb" "$peers"
	done
	touch "$peers/.$1"
}

# version PACKAGE: of what was unpacked.
version() { ls "$peers/deb" | sed -n "s/^$1_\([^_]*\)_.*/\1/p"; }

# ours: what is measured is the whole scan, with every detector.
ours() {
	if [ -x "$root/pumphandle" ]; then
		# 3 is its exit code for: done, campaigns found.
		measure pumphandle -good 3 -out "$cache/$input.scan.jsonl" "$root/pumphandle" scan --json "$log"
	else
		skip pumphandle "not built (make build)"
	fi
}

floor() { measure "wc -l" wc -l "$log"; }

fail2ban() {
	if ! command -v python3 >/dev/null || ! unpack fail2ban; then
		skip fail2ban-regex "needs python3 and the Debian package fail2ban"
		return
	fi
	# With -o row it prints each match; what a jail does with it costs more.
	measure "fail2ban-regex $(version fail2ban)" env PYTHONPATH="$peers/usr/lib/python3/dist-packages" \
		python3 "$peers/usr/bin/fail2ban-regex" -c "$peers/etc/fail2ban" -o row "$log" "$peers/etc/fail2ban/filter.d/sshd.conf"
}

sshguard() {
	if ! unpack sshguard; then
		skip sshg-parser "needs the Debian package sshguard"
		return
	fi
	# Its parser alone: the blocker uses the clock and cannot replay a log.
	measure "sshg-parser $(version sshguard)" -in "$log" "$peers/usr/libexec/sshguard/sshg-parser"
}

jq_select() {
	if ! command -v jq >/dev/null; then
		skip jq "needs jq"
		return
	fi
	measure "jq, 3 fields of failures" jq -c 'select(.resultType != "0") | [.time, .properties.userPrincipalName, .callerIpAddress]' "$log"
}

sshd() {
	generate sshd-1m auth_1m.log
	floor
	ours
	sshguard
	fail2ban
}

entra() {
	generate entra-300k entra_300k.ndjson
	floor
	ours
	jq_select
}

# memory: what is held, and what is still known, of a month of 100,000 accounts
# and of ten times that; and a whole scan of 10,000,000 pairs of account and
# address.
memory() {
	PUMPHANDLE_FULL=1 go test -count 1 -timeout 30m -v -run '^TestMemoryOfAMonth$' ./ledger
	generate pairs-10m pairs_10m.log
	ours
}

for part in ${*:-sshd entra memory}; do
	case $part in
	sshd | entra | memory) "$part" ;;
	*) echo "usage: bench/run.sh [sshd] [entra] [memory]" >&2; exit 2 ;;
	esac
done
[ ! -s "$results" ] || "$cache/measure" table "$results"
echo
echo "written to ${results#"$root"/}"
