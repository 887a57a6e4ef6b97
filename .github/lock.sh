#!/usr/bin/env bash
# Write the versions and hashes that install.sh installs, for every Python and system
# at once, from the dependencies in pyproject.toml. Needs uv (`pip install uv`).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
printf 'setuptools>=77\n' | uv pip compile pyproject.toml - --upgrade --quiet --universal \
  --python-version 3.10 --generate-hashes --no-header --no-annotate --no-emit-index-url |
  awk '
    BEGIN { print "# Written by .github/lock.sh from pyproject.toml: what install.sh installs." }
    { print }' >.github/requirements.txt
