#!/bin/sh
# Speed and memory beside other programs on the same machine and the same log.
#
#   bench/run.sh            all parts
#   bench/run.sh okta       one of: sshd entra okta cloudtrail evtx memory mail
#
# Logs and other people's programs go to bench/cache, results to bench/out; git
# ignores both. Nothing is installed: Debian packages are only unpacked there,
# so no service of theirs can start. What cannot be had is listed as skipped.
#
# LIMIT is how long one program may take (default 10m). For mail, DATA is where
# the sets lie (default ../shared/data/mail) and SAMPLE how many of their mails
# are scored at most (default all but spam, about 1,940).
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
go build -o "$cache/decode" ./bench/decode

# generate NAME FILE [RECORDS]: the log, unless this state of the generator wrote
# it. Where it has no lines, RECORDS says how many records it has.
generate() {
	state=$(find simulate bench/gen internal/evtx/evtxtest -name '*.yaml' -o -name '*.go' ! -name '*_test.go' | sort | xargs cat | cksum)
	if [ ! -s "$cache/$2" ] || [ "$(cat "$cache/$2.state" 2>/dev/null)" != "$state" ]; then
		echo "writing $2" >&2
		"$cache/gen" "$1" "$cache/$2"
		echo "$state" >"$cache/$2.state"
	fi
	log=$cache/$2
	input=$2
	lines=${3:-$(wc -l <"$log")}
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

# jq_select FILTER
jq_select() {
	if ! command -v jq >/dev/null; then
		skip jq "needs jq"
		return
	fi
	measure "jq, 3 fields of failures" jq -c "$1" "$log"
}

# json SHAPE: what the standard library of Go takes to decode seven fields.
json() { measure "encoding/json, 7 fields" "$cache/decode" "$1" "$log"; }

# duckdb SHAPE: one query, on seven columns of JSON or on lines. It is a module of
# its own, with cgo.
duckdb() {
	if [ ! -e "$peers/duckdb" ] || [ -n "$(find bench/duckdb -newer "$peers/duckdb")" ]; then
		mkdir -p "$peers"
		echo "building duckdb" >&2
		if ! (cd bench/duckdb && CGO_ENABLED=1 go build -o "$peers/duckdb" . 2>"$peers/duckdb.err"); then
			skip DuckDB "does not build: $(tail -n 1 "$peers/duckdb.err" | cut -c 1-120)"
			return
		fi
	fi
	if ! release=$("$peers/duckdb" -version 2>/dev/null); then
		skip DuckDB "does not run on this machine"
		return
	fi
	measure "DuckDB $release, 1 thread" "$peers/duckdb" -threads 1 "$1" "$log"
}

evtxexport() {
	if ! unpack libbfio1 || ! unpack libevtx1 || ! unpack libevtx-utils; then
		skip evtxexport "needs the Debian package libevtx-utils"
		return
	fi
	libs=$(dirname "$(find "$peers/usr/lib" -name 'libevtx.so.1' | head -n 1)")
	measure "evtxexport $(version libevtx-utils)" env LD_LIBRARY_PATH="$libs" "$peers/usr/bin/evtxexport" "$log"
}

sshd() {
	generate sshd-1m auth_1m.log
	floor
	ours
	duckdb sshd
	sshguard
	fail2ban
}

entra() {
	generate entra-300k entra_300k.ndjson
	floor
	ours
	duckdb entra
	json entra
	jq_select 'select(.resultType != "0") | [.time, .properties.userPrincipalName, .callerIpAddress]'
}

okta() {
	generate okta-300m okta.ndjson
	floor
	ours
	duckdb okta
	json okta
	jq_select 'select(.outcome.result == "FAILURE") | [.published, .actor.alternateId, .client.ipAddress]'
}

cloudtrail() {
	generate cloudtrail-300m cloudtrail.ndjson
	floor
	ours
	duckdb cloudtrail
	json cloudtrail
	jq_select 'select(.responseElements.ConsoleLogin == "Failure") | [.eventTime, .userIdentity.userName, .sourceIPAddress]'
}

evtx() {
	generate evtx-300k security.evtx 300000
	floor
	ours
	evtxexport
}

# memory: what is held, and what is still known, of a month of 100,000 accounts
# and of ten times that; and a whole scan of 10,000,000 pairs of account and
# address.
memory() {
	PUMPHANDLE_FULL=1 go test -count 1 -timeout 30m -v -run '^TestMemoryOfAMonth$' ./ledger
	generate pairs-10m pairs_10m.log
	ours
}

# mail: how much of real phish is found, how much ham is flagged and how fast,
# by other filters on the same mails in neutral form (docs/benchmark-mail.md).
mail() {
	data=${DATA:-$root/../shared/data/mail}
	input=mail
	lines=0
	if [ ! -e "$data/index.tsv" ]; then
		skip pumphandle "no sets of mail in $data (DATA=DIR)"
		return
	fi
	go build -o "$cache/filters" ./bench/filters
	mails=$cache/mail
	rm -rf "$mails"
	lines=$("$cache/filters" write -sample "${SAMPLE:-0}" "$data" "$mails")
	if [ -x "$root/pumphandle" ]; then
		measure pumphandle -good 3 -out "$cache/mail.pumphandle" env GOMAXPROCS=1 "$root/pumphandle" mail --json --receiver mx.research-hospital.example "$mails"
	else
		skip pumphandle "not built (make build)"
	fi
	rspamd
	spamassassin
	figures=${results%.jsonl}.mail.json
	"$cache/filters" table -json "$figures" "$results" "pumphandle=$cache/mail.pumphandle" \
		"$rspamd=$cache/mail.rspamd" "$spamassassin=$cache/mail.spamassassin"
	rm -rf "$mails" # other people's mail does not stay
	echo "written to ${figures#"$root"/}"
	echo
}

rspamd() {
	rspamd=Rspamd
	for package in rspamd libhyperscan5 libluajit-5.1-2; do
		if ! unpack "$package"; then
			skip Rspamd "needs the Debian packages rspamd, libhyperscan5 and libluajit-5.1-2"
			return
		fi
	done
	rspamd="Rspamd $(version rspamd)"
	if [ ! -e "$peers/.rspamd.compiled" ]; then # its expressions are, once; that is not measured
		mkdir -p "$cache/mail.none"
		"$root/bench/filters/rspamd.sh" "$peers" "$cache/mail.none" && touch "$peers/.rspamd.compiled" || :
	fi
	measure "$rspamd" -out "$cache/mail.rspamd" "$root/bench/filters/rspamd.sh" "$peers" "$mails"
}

spamassassin() {
	spamassassin=SpamAssassin
	for package in spamassassin libb-hooks-op-check-perl libclone-perl libcrypt-openssl-bignum-perl libcrypt-openssl-random-perl libcrypt-openssl-rsa-perl \
		libhtml-tagset-perl liburi-perl libhtml-parser-perl libtimedate-perl libhttp-date-perl libnet-ssleay-perl libio-socket-ssl-perl libmailtools-perl \
		libnet-dns-perl libmail-dkim-perl libmail-authenticationresults-perl libnetaddr-ip-perl libsocket6-perl libsys-hostname-long-perl libio-string-perl \
		libregexp-ipv6-perl perl-openssl-defaults libdigest-hmac-perl libtry-tiny-perl; do
		if ! unpack "$package"; then
			skip SpamAssassin "needs perl and the Debian package $package"
			return
		fi
	done
	spamassassin="SpamAssassin $(version spamassassin)"
	libs=$(find "$peers/usr/lib" -type d -path '*/perl5/5.*' -name '5.*' | head -n 1)
	measure "$spamassassin" -out "$cache/mail.spamassassin" env PERL5LIB="$peers/usr/share/perl5:$libs" \
		perl "$root/bench/filters/spamassassin.pl" "$peers/usr/share/spamassassin" "$peers/etc/spamassassin" "$mails"
}

parts="sshd entra okta cloudtrail evtx memory mail"
for part in ${*:-$parts}; do
	case " $parts " in
	*" $part "*) "$part" ;;
	*) echo "usage: bench/run.sh [$(echo "$parts" | sed 's/ /] [/g')]" >&2; exit 2 ;;
	esac
done
[ -s "$results" ] || exit 0
json=${results%l}
"$cache/measure" table -json "$json" "$results"
echo
echo "written to ${json#"$root"/}"
