#!/bin/sh
# Builds mail/content/model.json anew: from our own mails, and, where the folder
# ../shared is there, from the two sets whose licence allows it (SpamAssassin's
# corpus of 2002, CC0; spam-cwl, MIT) in the neutral form. The same version of
# Go gives the same bytes. docs/detection/mail-content.md says more.
#
# usage: tools/model.sh PROGRAM OUT.json
set -eu
program=$1 out=$2
shared=${SHARED:-../shared}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$program" simulate --mail-corpus 12000 --out "$work/corpus" >/dev/null
set -- --corpus "$work/corpus"
if [ -f "$shared/data/mail/index.tsv" ]; then
	for s in sa2002-dev spam-cwl-dev; do
		python3 "$shared/tools/mail-neutral.py" "$shared/data/mail/$s" "$work/$s" >/dev/null
	done
	mkdir "$work/ham" "$work/spam"
	awk -F '\t' '$1 == "sa2002-dev" { print $2, $3 }' "$shared/data/mail/index.tsv" | while read -r file label; do
		mv "$work/sa2002-dev/$file" "$work/$label/"
	done
	set -- "$@" --ham "$work/ham" --phish "$work/spam" --phish "$work/spam-cwl-dev"
else
	echo "model.sh: without $shared the model is trained on our own mails alone, which is not what ships" >&2
fi
"$program" train "$@" --out "$out"
