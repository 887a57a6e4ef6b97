#!/usr/bin/env python3
"""Cut GitHub's OpenAPI description down to what the gate and its tests ask for.

    npm install --prefix /tmp/openapi @octokit/openapi
    python tests/harness/cut_spec.py \
        /tmp/openapi/node_modules/@octokit/openapi/generated/api.github.com.json

It writes `github-api-subset.json` beside this file: what can be checked is kept, prose
is not. The package is MIT licensed (https://github.com/octokit/openapi).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

TARGET = Path(__file__).with_name("github-api-subset.json")
REPOSITORY = "/repos/{owner}/{repo}"

# Path below the repository's -> the methods that are asked.
PATHS = {
    "": "get",
    "/actions/artifacts/{artifact_id}": "get",
    "/actions/artifacts/{artifact_id}/{archive_format}": "get",
    "/actions/runs/{run_id}": "get",
    "/actions/runs/{run_id}/artifacts": "get",
    "/actions/runs/{run_id}/jobs": "get",
    "/branches": "get",
    "/branches/{branch}": "get",
    "/branches/{branch}/protection": "get put delete",
    "/branches/{branch}/protection/required_status_checks": "get patch delete",
    "/check-runs": "post",
    "/check-runs/{check_run_id}": "get patch",
    "/check-runs/{check_run_id}/annotations": "get",
    "/code-scanning/sarifs": "post",
    "/code-scanning/sarifs/{sarif_id}": "get",
    "/commits/{commit_sha}/pulls": "get",
    "/commits/{ref}": "get",
    "/commits/{ref}/check-runs": "get",
    "/commits/{ref}/status": "get",
    "/commits/{ref}/statuses": "get",
    "/compare/{basehead}": "get",
    "/contents/{path}": "get put",
    "/git/blobs": "post",
    "/git/blobs/{file_sha}": "get",
    "/git/commits": "post",
    "/git/commits/{commit_sha}": "get",
    "/git/matching-refs/{ref}": "get",
    "/git/ref/{ref}": "get",
    "/git/refs": "post",
    "/git/refs/{ref}": "patch delete",
    "/git/trees": "post",
    "/git/trees/{tree_sha}": "get",
    "/issues/comments/{comment_id}": "get patch delete",
    "/issues/comments/{comment_id}/reactions": "get post",
    "/issues/comments/{comment_id}/reactions/{reaction_id}": "delete",
    "/issues/{issue_number}/comments": "get post",
    "/pulls": "get",
    "/pulls/comments/{comment_id}": "get patch delete",
    "/pulls/{pull_number}": "get",
    "/pulls/{pull_number}/comments": "get post",
    "/pulls/{pull_number}/comments/{comment_id}/replies": "post",
    "/pulls/{pull_number}/commits": "get",
    "/pulls/{pull_number}/files": "get",
    "/pulls/{pull_number}/reviews": "get post",
    "/pulls/{pull_number}/reviews/{review_id}/comments": "get",
    "/rules/branches/{branch}": "get",
    "/rulesets": "get post",
    "/rulesets/{ruleset_id}": "get put delete",
    "/statuses/{sha}": "post",
}
PROSE = {"description", "summary", "externalDocs", "examples", "tags", "x-github"}
KINDS = ("schemas", "parameters", "responses", "headers")


def main() -> None:
    """Write the part of the description that is named above."""
    whole = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    paths = {REPOSITORY + path: methods for path, methods in PATHS.items()}
    kept = {
        path: _operations(whole["paths"][path], methods.split())
        for path, methods in {**paths, "/user": "get"}.items()
    }
    components: dict[str, dict[str, Any]] = {kind: {} for kind in KINDS}
    _follow(kept, whole["components"], components)
    part = {
        "openapi": whole["openapi"],
        "info": whole["info"],
        "paths": kept,
        "components": components,
    }
    text = json.dumps(part, sort_keys=True, separators=(",", ":"))
    TARGET.write_text(text + "\n", "utf-8", newline="\n")
    print(f"{TARGET.name}: {len(kept)} paths, {len(text):,} characters")


def _operations(item: dict[str, Any], methods: list[str]) -> dict[str, Any]:
    return {method: _without_prose(item[method]) for method in methods}


def _without_prose(node: Any, *, names: bool = False) -> Any:
    """A node less what only people read; `names` tells that its keys are names."""
    if isinstance(node, list):
        return [_without_prose(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: _without_prose(value, names=key in ("properties", "responses", *KINDS))
        for key, value in node.items()
        if names or key not in PROSE
    }


def _follow(node: Any, whole: dict[str, Any], found: dict[str, dict[str, Any]]) -> None:
    """Add every component that is referred to from a node to `found`."""
    if isinstance(node, list):
        for item in node:
            _follow(item, whole, found)
    elif isinstance(node, dict):
        target = node.get("$ref")
        if isinstance(target, str) and target.startswith("#/components/"):
            kind, name = target.split("/")[2:]
            if name not in found[kind]:
                found[kind][name] = _without_prose(whole[kind][name])
                _follow(found[kind][name], whole, found)
        for value in node.values():
            _follow(value, whole, found)


if __name__ == "__main__":
    main()
