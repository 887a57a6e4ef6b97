#!/usr/bin/env bash
# Install the Gate that this file belongs to into an environment of its own, and
# write that environment's Python to the step output `python`.
#
# Nothing is taken from the tree to be judged (the current folder). Versions come from
# requirements.txt, by hash.
#
# A self-hosted runner may keep an installation: GATE_VENV names its environment,
# which has to hold this very version and to lie outside the workspace.
set -euo pipefail

fail() {
  printf '::error title=Gate could not be installed::%s\n' "$1"
  exit 2
}

set_python_of() { # the interpreter of a virtual environment, on any system
  python=$1/bin/python
  if [[ -e $1/Scripts/python.exe ]]; then python=$1/Scripts/python.exe; fi
}

find_python() {
  for python in python3 python; do
    if "$python" -I -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
      return
    fi
  done
  fail "it needs Python 3.10 or newer on the PATH ($(python3 --version 2>&1 || true)): \
put actions/setup-python before this step"
}

reuse() {
  local inside workspace
  inside=$(cd "$1" 2>/dev/null && pwd -P) || fail 'GATE_VENV names no folder'
  workspace=$(cd "${GITHUB_WORKSPACE:-.}" && pwd -P)
  if [[ $inside/ == "$workspace"/* ]]; then
    fail 'GATE_VENV lies in the workspace, where the tree to be judged could bring its own'
  fi
  set_python_of "$1"
  if [[ $("$python" -I -c 'import gate; print(gate.__version__)' 2>/dev/null) != "$version" ]]; then
    fail "GATE_VENV does not hold Gate $version: install that there, or unset GATE_VENV"
  fi
}

install() {
  local build=$1/source pip
  find_python
  "$python" -I -m venv "$1"
  set_python_of "$1"
  # --no-compile: twice as quick, and most of it is never imported
  pip=("$python" -I -m pip --quiet --no-input --disable-pip-version-check install --no-compile)
  "${pip[@]}" --require-hashes --only-binary :all: -r "$source/.github/requirements.txt"
  # from a copy, because setuptools writes next to what it builds
  rm -rf "$build"
  mkdir "$build"
  cp -R "$source"/{gate,pyproject.toml,README.md,LICENSE} "$build"
  "${pip[@]}" --no-deps --no-index --no-build-isolation --force-reinstall "$build"
}

source=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
version=$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' "$source/gate/__init__.py")
if [[ -n ${GATE_VENV:-} ]]; then
  reuse "$GATE_VENV"
else
  install "${RUNNER_TEMP:?is set by the runner}/gate"
fi
printf 'python=%s\n' "$python" >>"${GITHUB_OUTPUT:?is set by the runner}"
printf 'Gate %s, %s\n' "$version" "$("$python" -I --version)"
