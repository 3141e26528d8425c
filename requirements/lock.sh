#!/bin/sh
# Pins every requirement with its hashes, and names no index: an installation uses the machine's own.
set -eu
cd "$(dirname "$0")/.."

pin() { # pin NAME SOURCE... : requirements/NAME.txt from the sources, agreeing with what is pinned already
    name=$1
    shift
    constraints=
    for other in run check; do
        [ "$other" = "$name" ] && break
        constraints="$constraints --constraints requirements/$other.txt"
    done
    # shellcheck disable=SC2086
    "${UV:-uv}" pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-header $constraints "$@" --output-file "requirements/$name.txt"
}

pin run pyproject.toml requirements/build.in
pin check requirements/check.in
pin test requirements/test.in
pin docs requirements/docs.in
pin bench requirements/bench.in
