#!/bin/sh
# Writes the two locks: what Novation runs on, and what its tests and checks need besides.
# ARGS are handed to uv, for example: sh tools/lock.sh --upgrade
cd "$(dirname "$0")/.." || exit 1
PATH=".venv/bin:$PATH"
command -v uv >/dev/null 2>&1 || { echo "make lock needs uv: .venv/bin/pip install uv" >&2; exit 1; }

lock() {
    uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-header --no-annotate "$@"
}
lock -o requirements/runtime.txt "$@" || exit 1
lock --group dev -c requirements/runtime.txt -o requirements/dev.txt "$@" || exit 1
grep -c '==' requirements/runtime.txt requirements/dev.txt
