#!/bin/sh
# Starts Rspamd from the folder into which its package was unpacked, without
# network and without being root, has it score the mails of a directory, and
# ends it.
#
#   rspamd.sh PEERS DIR
set -eu
peers=$1
mails=$2
run=$peers/run
mkdir -p "$run"
rm -f "$run/rspamd.log"
LD_LIBRARY_PATH=$(dirname "$(find "$peers/usr/lib" -name 'libluajit-5.1.so.2' | head -n 1)"):$peers/usr/lib/rspamd
export LD_LIBRARY_PATH

# -i: insecure, which is to say: it may run as whoever runs this.
"$peers/usr/bin/rspamd" -f -i \
	--var=CONFDIR="$peers/etc/rspamd" --var=LOCAL_CONFDIR="$run/none" --var=RULESDIR="$peers/usr/share/rspamd/rules" \
	--var=LUALIBDIR="$peers/usr/share/rspamd/lualib" --var=PLUGINSDIR="$peers/usr/share/rspamd/plugins" \
	--var=SHAREDIR="$peers/usr/share/rspamd" --var=WWWDIR="$peers/usr/share/rspamd/www" \
	--var=DBDIR="$run" --var=RUNDIR="$run" --var=LOGDIR="$run" -c "$peers/etc/rspamd/rspamd.conf" >"$run/out.txt" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || :' EXIT
# await COMMAND...: until it succeeds.
await() {
	tries=0
	until "$@" >/dev/null 2>&1; do
		tries=$((tries + 1))
		if [ "$tries" -gt 180 ] || ! kill -0 "$server" 2>/dev/null; then
			echo "rspamd does not start here: $(tail -n 1 "$run/out.txt" | cut -c 1-100)" >&2
			exit 1
		fi
		sleep 1
	done
}
await "$peers/usr/bin/rspamc" uptime
await grep -q 'hs_helper.*compiled' "$run/rspamd.log" # at the first start that takes it long
# Without DNS a mail waits for what does not answer: eight at a time.
"$peers/usr/bin/rspamc" -n 8 symbols "$mails"
