"""Where in a diff a comment can be, and where it is after the next commit."""

from __future__ import annotations

from contract import Json
from fake_diff import Line
from fake_pulls import Pulls


class Lines(Pulls):
    """The lines of pull requests."""

    def _lines(self, pull: Json, commit: str, path: str) -> list[Line] | None:
        """The lines that can have a comment; None for a file that did not change."""
        span = self.span(pull, commit)
        return self.diff.lines(*span, path) if span else []

    def _wrong_place(self, pull: Json, commit: str, asked: Json) -> str:
        """Why there can be no comment at a place, as GitHub says it."""
        if self.span(pull, commit) is None:
            return ""  # what the files hold was not set up
        lines = self._lines(pull, commit, asked["path"])
        if lines is None:
            return "path is invalid"
        if asked.get("subject_type") == "file":
            return ""
        end = line_at(lines, asked["line"], asked["side"])
        if end is None:
            return "line must be part of the diff"
        if asked["start_line"] is None:
            return ""
        if (
            asked["start_line"] >= asked["line"]
            and asked["start_side"] == asked["side"]
        ):
            return "start line must precede the end line."
        start = line_at(lines, asked["start_line"], asked["start_side"])
        if start is None or start.hunk != end.hunk:
            return "start line must be part of the same hunk as the line."
        return ""

    def _placed(self, pull: Json, commit: str, asked: Json) -> Json:
        """A comment's place with all its parts; from a position, too."""
        side = asked.get("side") or "RIGHT"
        place = {
            **asked,
            "line": asked.get("line"),
            "side": side,
            "start_line": asked.get("start_line"),
            "start_side": asked.get("start_side") or side,
        }
        if place["line"] is None and asked.get("position") is not None:
            for line in self._lines(pull, commit, asked["path"]) or []:
                if line.position == asked["position"]:
                    place["side"] = "LEFT" if line.new is None else "RIGHT"
                    place["line"] = line.old if line.new is None else line.new
        return place

    def _now_at(self, known: Json, pull: Json) -> tuple[Json, Line | None]:
        """Where a comment's lines are by now: none of them when it is outdated."""
        lines = self._lines(pull, pull["sha"], known["path"])
        nowhere: Json = {"line": None, "start_line": None}
        if known["line"] is None or self.span(pull) is None:
            return {key: known[key] for key in nowhere}, None
        found = dict(nowhere)
        for key, side in (("line", "side"), ("start_line", "start_side")):
            if known[key] is not None:
                found[key] = self._shifted(known, pull, known[key], known[side])
        end = line_at(lines or [], found["line"], known["side"])
        return (found, end) if end else (nowhere, None)

    def _shifted(self, known: Json, pull: Json, line: int, side: str) -> int | None:
        """Where a line is in the pull request's head, or on the left in its base."""
        was, now = self.span(pull, known["commit"]), self.span(pull)
        if was is None or now is None:
            return line
        one, two = (was[0], now[0]) if side == "LEFT" else (was[1], now[1])
        if one == two or not (one and two):
            return line
        return self.diff.moved(one, two, known["path"], line)

    def _hunk(self, pull: Json, known: Json, end: Line | None) -> str:
        """The part of the diff above a comment, with the line itself."""
        span = self.span(pull, known["commit"])
        patches = {
            change["filename"]: change.get("patch", "")
            for change in (self.diff.changes(*span) if span else [])
        }
        patch = patches.get(known["path"], "").split("\n")
        if end is None:
            return "@@ -1 +1 @@"
        start = end.position
        while start and not patch[start].startswith("@@ "):
            start -= 1
        return "\n".join(patch[start : end.position + 1])


def line_at(lines: list[Line], number: int | None, side: str) -> Line | None:
    """The line of a diff with a number on one of its sides."""
    for line in lines:
        if number is not None and number == (line.old if side == "LEFT" else line.new):
            return line
    return None
