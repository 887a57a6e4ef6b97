"""GitHub's command line, as far as .github/release.py uses it, on a state in a file.

The file is named by FAKE_GH, as JSON: `runs`, `releases` by tag, `refs`, and
`refuses`, the methods of `gh api` that GitHub answers with 403. Like GitHub, it changes
nothing of a release that is public, and gives a draft no tag of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

STATE = Path(os.environ["FAKE_GH"])


def main(words: list[str]) -> None:
    state: dict[str, Any] = json.loads(STATE.read_text("utf-8"))
    state["asked"].append(" ".join(words))
    try:
        command, rest = words[:2], words[2:]
        if command == ["run", "list"]:
            run_list(state, rest)
        elif command[0] == "release":
            release(state, command[1], rest)
        elif command[0] == "api":
            api(state, words[1:])
        else:
            sys.exit(f"unknown command {command}")
    finally:
        STATE.write_text(json.dumps(state), "utf-8")


def run_list(state: dict[str, Any], words: list[str]) -> None:
    parser = argparse.ArgumentParser()
    for name in ("workflow", "commit", "event", "branch", "status", "json"):
        parser.add_argument(f"--{name}", required=True)
    wanted = vars(parser.parse_args(words))
    fields = wanted.pop("json")
    found = [run for run in state["runs"] if run == wanted]
    print(json.dumps([{fields: number} for number, _ in enumerate(found)]))


def release(state: dict[str, Any], verb: str, words: list[str]) -> None:
    releases = state["releases"]
    if verb == "list":
        assert {"--exclude-drafts", "--exclude-pre-releases"} <= {*words}
        public = [t for t, r in releases.items() if not (r["draft"] or r["prerelease"])]
        print(json.dumps([{"tagName": tag} for tag in public]))
        return
    tag, known = words[0], releases.get(words[0])
    if verb != "create" and known is None:
        sys.exit("release not found")
    if verb == "view":
        print(json.dumps({"isDraft": known["draft"]}))
    elif verb == "create":
        assert known is None, "there would be two"
        create(releases, tag, words[1:])
    elif not known["draft"]:
        sys.exit("HTTP 422: this release is immutable")
    elif verb == "delete":
        assert words[1:] == ["--yes"]
        del releases[tag]
    else:
        draft, latest = words[1:]
        assert (verb, draft) == ("edit", "--draft=false")
        known.update(draft=False, latest=latest == "--latest=true")


def create(releases: dict[str, Any], tag: str, words: list[str]) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="*", type=Path)
    for name in ("draft", "verify-tag", "prerelease"):
        parser.add_argument(f"--{name}", action="store_true")
    for name in ("title", "notes-file"):
        parser.add_argument(f"--{name}", required=True)
    given = parser.parse_args(words)
    assert given.verify_tag and given.notes_file == "-"
    releases[tag] = {
        "draft": given.draft,
        "prerelease": given.prerelease,
        "files": [path.name for path in given.files if path.read_bytes()],
        "notes": sys.stdin.read(),
    }


def api(state: dict[str, Any], words: list[str]) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("path")
    parser.add_argument("--method", default="GET")
    parser.add_argument("--jq")
    parser.add_argument("--silent", action="store_true")
    parser.add_argument("-f", "-F", action="append", default=[], dest="fields")
    given = parser.parse_args(words)
    fields = dict(field.split("=", 1) for field in given.fields)
    path = given.path.removeprefix("repos/{owner}/{repo}/git/")
    if given.method in state["refuses"]:
        sys.exit("gh: Resource not accessible by integration (HTTP 403)")
    if given.method == "GET":
        assert given.jq == ".[].ref"
        prefix = f"refs/{path.removeprefix('matching-refs/')}"
        print(*(ref for ref in state["refs"] if ref.startswith(prefix)), sep="\n")
    elif given.method == "POST":
        assert path == "refs" and fields["ref"] not in state["refs"]
        state["refs"][fields["ref"]] = fields["sha"]
    else:
        assert (given.method, fields["force"]) == ("PATCH", "true")
        assert path in state["refs"]
        state["refs"][path] = fields["sha"]


if __name__ == "__main__":
    main(sys.argv[1:])
