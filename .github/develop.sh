#!/usr/bin/env bash
# Install what CI works with for the Python named: the versions of requirements-dev.txt,
# by hash, and this repository itself, so that changes to it count at once.
#
#   .github/develop.sh .venv/bin/python
set -euo pipefail
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
pip=("$1" -m pip --quiet --no-input --disable-pip-version-check install)
"${pip[@]}" --require-hashes --only-binary :all: -r "$source/.github/requirements-dev.txt"
"${pip[@]}" --no-deps --no-index --no-build-isolation --editable "$source"
