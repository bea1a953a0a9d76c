#!/bin/sh
# Proves an unpacked evidence bundle with sha256sum, openssl and the shell alone. Run it in the unpacked folder:
#   sh verify.sh
# It shows that no file was changed, that the log signed all of it, that each event stands in the log, and that
# the time services stamped the log's checkpoints. verify.py checks more: order, completeness, times, erasures.
set -eu
export LC_ALL=C
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
stop() { echo "FAIL: $*"; exit 1; }

sha256sum --check --strict --quiet MANIFEST.sha256 || stop "a file was changed or is missing"
find . -type f ! -name 'MANIFEST.s*' | sed 's|^\./||' | sort > "$work/found"
cut -c67- MANIFEST.sha256 | sort > "$work/listed"
cmp -s "$work/found" "$work/listed" || stop "there are files that the manifest does not list"
echo "ok: every file is as listed"

newest=$(ls keys/log-*.pem | sed 's/[^0-9]//g' | sort -n | tail -n 1)
openssl pkeyutl -verify -pubin -inkey "keys/log-$newest.pem" -rawin -in MANIFEST.sha256 \
    -sigfile MANIFEST.sig > "$work/said" 2>&1 || stop "the signature of the manifest does not hold"
echo "ok: the list is signed by the log key keys/log-$newest.pem"

for note in checkpoints/*.note; do
    sed '/^$/,$d' "$note" > "$work/text"
    sed -n '$s/.* //p' "$note" | base64 -d | tail -c +5 > "$work/signature"
    signed=no
    for key in keys/log-*.pem; do
        openssl pkeyutl -verify -pubin -inkey "$key" -rawin -in "$work/text" -sigfile "$work/signature" \
            > "$work/said" 2>&1 && signed=yes
    done
    test $signed = yes || stop "the signature of $note does not hold"
done
echo "ok: every checkpoint is signed by a log key"

for proof in events/*.tlog-proof; do
    event="${proof%.tlog-proof}.json"
    sed '1,/^$/d' "$proof" > "$work/note"
    cmp -s "$work/note" "checkpoints/$(printf %09d "$(sed -n 2p "$work/note")").note" || stop "$proof: its checkpoint"
    at=$(sed -n 's/^index //p;/^$/q' "$proof")
    last=$(($(sed -n 2p "$work/note") - 1))
    { printf '\000'; cat "$event"; } | openssl dgst -sha256 -binary > "$work/hash"
    sed '1,2d;/^$/,$d' "$proof" > "$work/siblings"
    while read -r sibling; do
        echo "$sibling" | base64 -d > "$work/sibling"
        if [ $((at % 2)) = 1 ] || [ "$at" = "$last" ]; then
            { printf '\001'; cat "$work/sibling" "$work/hash"; } | openssl dgst -sha256 -binary > "$work/next"
            while [ $((at % 2)) = 0 ] && [ "$at" != 0 ]; do at=$((at / 2)); last=$((last / 2)); done
        else
            { printf '\001'; cat "$work/hash" "$work/sibling"; } | openssl dgst -sha256 -binary > "$work/next"
        fi
        mv "$work/next" "$work/hash"
        at=$((at / 2)); last=$((last / 2))
    done < "$work/siblings"
    test "$last" = 0 && test "$(base64 < "$work/hash")" = "$(sed -n 3p "$work/note")" || stop "$event is not in the log"
done
echo "ok: every event stands in the log"

for stamp in checkpoints/*.tsr; do
    case $stamp in *\**) echo "open: no checkpoint bears a time stamp yet"; continue ;; *.renewal-*) continue ;; esac
    service=$(echo "$stamp" | sed 's/.*\/[0-9]*\.\(.*\)\.tsr/\1/')
    openssl ts -verify -in "$stamp" -data "$(echo "$stamp" | sed 's/\.[a-z0-9-]*\.tsr$//').note" \
        -CAfile "keys/tsa-$service.pem" -untrusted "keys/tsa-$service.pem" > "$work/said" 2>&1 \
        || stop "$stamp does not hold: $(tail -n 1 "$work/said")"
    echo "ok: $stamp, $(openssl ts -reply -in "$stamp" -text 2> /dev/null | grep 'Time stamp:')"
done
echo "All that the shell can check holds. Now compare the log key with one that you know from elsewhere:"
cat "keys/log-$newest.vkey"
