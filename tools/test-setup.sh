#!/bin/sh
# What the tests use beside Go: evtxexport, against which the EVTX reader is
# held. Where it cannot be installed, its test says that it skips.
set -u
command -v evtxexport >/dev/null && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
	echo "evtxexport is not here (Debian: apt-get install libevtx-utils): its test skips" >&2
	exit 0
fi
export DEBIAN_FRONTEND=noninteractive
{
	apt-get install -qq -y --no-install-recommends libevtx-utils ||
		{ apt-get update -qq && apt-get install -qq -y --no-install-recommends libevtx-utils; }
} >/dev/null 2>&1 || echo "libevtx-utils cannot be installed: the test against evtxexport skips" >&2
exit 0
