#!/usr/bin/env bash
# Lint the action and the workflows, offline: their schemas, their security, the scripts
# in them, and GitHub's own parser with the meaning of every expression.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

actions=(action.yml .github/actions/*/action.yml)
workflows=(.github/workflows/*.yml)
check-jsonschema --quiet --builtin-schema vendor.github-actions "${actions[@]}"
check-jsonschema --quiet --builtin-schema vendor.github-workflows "${workflows[@]}"
check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml
zizmor --offline --no-progress --quiet --strict-collection --persona auditor .
shellcheck .github/*.sh

if ! command -v node >/dev/null; then
  missing='there is no node on the PATH'
elif [[ ! -d tests/harness/node_modules ]]; then
  missing="run 'npm ci --prefix tests/harness' first"
else
  node --import ./tests/harness/register.mjs tests/harness/official_lint.mjs \
    "${actions[@]}" "${workflows[@]}"
  exit
fi
echo "GitHub's own parser was left out: $missing"
[[ ${CI:-} != true ]]
