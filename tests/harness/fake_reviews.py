"""Reviews of pull requests and the comments on lines, as far as a line can have one."""

from __future__ import annotations

from contract import Asked, Json
from fake_base import Told, missing, refusal
from fake_lines import Lines, line_at

STATES = {
    "APPROVE": "APPROVED",
    "REQUEST_CHANGES": "CHANGES_REQUESTED",
    "COMMENT": "COMMENTED",
    "": "PENDING",
}
PLACE = ("path", "line", "side", "start_line", "start_side")
HUNKLESS = "Pull request review thread diff hunk can't be blank"


class Reviews(Lines):
    """Answers about reviews and their comments."""

    def _keep(self, pull: Json, review: int, asked: Json) -> int:
        """Keep a comment of a review; its id."""
        made = next(self._ids)
        now = self.now()
        known = self.state.reviews[review]
        self.state.review_comments[made] = {
            **{key: asked.get(key) for key in (*PLACE, "body", "in_reply_to_id")},
            "subject_type": asked.get("subject_type") or "line",
            "id": made,
            "pull": pull["number"],
            "review": review,
            "commit": asked.get("commit") or known["commit_id"],
            "user": known["user"],
            "created_at": now,
            "updated_at": now,
        }
        return made

    def _begin(self, pull: Json, asked: Asked, body: Json) -> int:
        """A new review of a pull request; its id."""
        made, by = next(self._ids), self.actor(asked)
        self.state.reviews[made] = {
            "id": made,
            "pull": pull["number"],
            "user": self.user(by.login, by.type),
            "body": body.get("body") or "",
            "state": STATES[body.get("event") or ""],
            "commit_id": body.get("commit_id") or pull["sha"],
            "submitted_at": self.now(),
        }
        return made

    def _review(self, number: int) -> Json:
        known = self.state.reviews[number]
        url = f"{self.api}/pulls/{known['pull']}"
        page = f"{self.page_url}/pull/{known['pull']}#pullrequestreview-{number}"
        shown = {k: v for k, v in known.items() if k != "pull"}
        if known["state"] == "PENDING":
            del shown["submitted_at"]
        return {
            **self.spec.component("pull-request-review"),
            **shown,
            "node_id": self.node("PRR", number),
            "html_url": page,
            "pull_request_url": url,
            "_links": {"html": {"href": page}, "pull_request": {"href": url}},
        }

    def _review_comment(self, number: int) -> Json:
        """A comment on a line as answers have it."""
        known = self.state.review_comments[number]
        pull = self.state.pulls[known["pull"]]
        place, line = self._now_at(known, pull)
        was = line_at(
            self._lines(pull, known["commit"], known["path"]) or [],
            known["line"],
            known["side"],
        )
        outdated = known["line"] is not None and place["line"] is None
        url = f"{self.api}/pulls/comments/{number}"
        pull_url = f"{self.api}/pulls/{known['pull']}"
        page = f"{self.page_url}/pull/{known['pull']}#discussion_r{number}"
        links = {"self": url, "html": page, "pull_request": pull_url}
        shown = ("id", "path", "body", "user", "subject_type", "side")
        times = ("created_at", "updated_at")
        comment = {
            **self.spec.component("pull-request-review-comment"),
            **{key: known[key] for key in (*shown, *times)},
            "node_id": self.node("PRRC", number),
            "pull_request_review_id": known["review"],
            "diff_hunk": self._hunk(pull, known, was),
            "commit_id": known["commit"] if outdated else pull["sha"],
            "original_commit_id": known["commit"],
            **place,
            "start_side": known["start_side"] if known["start_line"] else None,
            "original_line": known["line"] or 1,
            "original_start_line": known["start_line"],
            "position": line.position if line else None if outdated else 1,
            "original_position": was.position if was else 1,
            "url": url,
            "html_url": page,
            "pull_request_url": pull_url,
            "_links": {key: {"href": value} for key, value in links.items()},
        }
        if known["in_reply_to_id"]:
            comment["in_reply_to_id"] = known["in_reply_to_id"]
        return comment

    def _pending(self, number: int) -> bool:
        return bool(self.state.reviews[number]["state"] == "PENDING")

    def _pulls_create_review(self, operation: Json, asked: Asked) -> Told:
        pull = self.state.pulls.get(int(asked.path["pull_number"]))
        if pull is None:
            return missing()
        body = asked.body or {}
        event, comments = body.get("event") or "", body.get("comments", [])
        if wrong := self._wrong_review(pull, asked, event):
            return refusal(422, "Unprocessable Entity", [wrong])
        commit = body.get("commit_id") or pull["sha"]
        if commit not in self.commits_of(pull):
            wrong = "commit_id is not part of the pull request"
            return refusal(422, "Unprocessable Entity", [wrong])
        placed = [self._placed(pull, commit, comment) for comment in comments]
        for comment in placed:  # all of them, or none
            if wrong := self._wrong_place(pull, commit, comment):
                text = f"Pull request review thread {wrong}"
                if not wrong.endswith("."):
                    text += f" and {HUNKLESS}"
                return refusal(422, "Unprocessable Entity", [text])
        review = self._begin(pull, asked, body)
        for comment in placed:
            self._keep(pull, review, comment)
        return Told(200, self._review(review))

    def _wrong_review(self, pull: Json, asked: Asked, event: str) -> str:
        """Why there can be no such review."""
        by, body = self.actor(asked), asked.body or {}
        if event == "APPROVE" and by.app == "github-actions":
            return "GitHub Actions is not permitted to approve pull requests."
        if event in ("APPROVE", "REQUEST_CHANGES") and by.login == pull["user"]:
            return "Review Can not approve your own pull request"
        if event == "REQUEST_CHANGES" and not body.get("body"):
            return "Review body can't be blank"
        if event == "COMMENT" and not (body.get("body") or body.get("comments")):
            return "Review body can't be blank"
        mine = (
            known
            for known in self.state.reviews.values()
            if known["pull"] == pull["number"] and known["user"]["login"] == by.login
        )
        if not event and any(known["state"] == "PENDING" for known in mine):
            return "User can only have one pending review per pull request"
        return ""

    def _pulls_list_reviews(self, operation: Json, asked: Asked) -> Told:
        number = int(asked.path["pull_number"])
        if number not in self.state.pulls:
            return missing()
        by = self.actor(asked).login
        found = [
            self._review(made)
            for made, known in self.state.reviews.items()
            if known["pull"] == number
            and (not self._pending(made) or known["user"]["login"] == by)
        ]
        return self._page(found, asked)

    def _pulls_list_comments_for_review(self, operation: Json, asked: Asked) -> Told:
        review = int(asked.path["review_id"])
        if review not in self.state.reviews:
            return missing()
        comments = self.state.review_comments.values()
        found = [c["id"] for c in comments if c["review"] == review]
        shown = [self._review_comment(number) for number in found]
        for comment in shown:  # these are told without the lines
            for key in ("line", "start_line", "start_side", "side", "subject_type"):
                comment.pop(key, None)
        return self._page(shown, asked)

    def _pulls_list_review_comments(self, operation: Json, asked: Asked) -> Told:
        number, query = int(asked.path["pull_number"]), asked.query
        if number not in self.state.pulls:
            return missing()
        key = "updated_at" if query.get("sort") == "updated" else "created_at"
        found = [
            comment
            for comment in self.state.review_comments.values()
            if comment["pull"] == number
            and not self._pending(comment["review"])
            and comment["updated_at"] >= query.get("since", "")
        ]
        found.sort(
            key=lambda c: (c[key], c["id"]), reverse=query.get("direction") == "desc"
        )
        told = self._page([comment["id"] for comment in found], asked)
        return told._replace(body=[self._review_comment(n) for n in told.body])

    def _pulls_create_review_comment(self, operation: Json, asked: Asked) -> Told:
        pull = self.state.pulls.get(int(asked.path["pull_number"]))
        if pull is None:
            return missing()
        body = asked.body
        if "in_reply_to" in body:
            return self._reply(pull, asked, body["in_reply_to"])
        commit = body["commit_id"]
        if commit not in self.commits_of(pull):
            return _invalid("commit_id", "commit_id is not part of the pull request")
        placed = self._placed(pull, commit, body)
        if wrong := self._wrong_place(pull, commit, placed):
            name = "path" if wrong.startswith("path") else "line"
            field = f"pull_request_review_thread.{name}"
            return _invalid(field, f"{field} must be part of the diff")
        review = self._begin(pull, asked, {"event": "COMMENT", "commit_id": commit})
        made = self._keep(pull, review, placed)
        return Told(201, self._review_comment(made))

    def _reply(self, pull: Json, asked: Asked, to: int) -> Told:
        first = self.state.review_comments.get(to)
        if first is None or first["pull"] != pull["number"]:
            return missing()
        review = self._begin(pull, asked, {"event": "COMMENT"})
        said = {"body": asked.body["body"], "in_reply_to_id": to}
        made = self._keep(pull, review, {**first, **said})
        return Told(201, self._review_comment(made))

    def _pulls_create_reply_for_review_comment(
        self, operation: Json, asked: Asked
    ) -> Told:
        pull = self.state.pulls.get(int(asked.path["pull_number"]))
        return (
            self._reply(pull, asked, int(asked.path["comment_id"]))
            if pull
            else missing()
        )

    def _pulls_get_review_comment(self, operation: Json, asked: Asked) -> Told:
        number = int(asked.path["comment_id"])
        if number not in self.state.review_comments:
            return missing()
        return Told(200, self._review_comment(number))

    def _pulls_update_review_comment(self, operation: Json, asked: Asked) -> Told:
        number = int(asked.path["comment_id"])
        if number not in self.state.review_comments:
            return missing()
        said = {"body": asked.body["body"], "updated_at": self.now()}
        self.state.review_comments[number].update(said)
        return Told(200, self._review_comment(number))

    def _pulls_delete_review_comment(self, operation: Json, asked: Asked) -> Told:
        gone = self.state.review_comments.pop(int(asked.path["comment_id"]), None)
        return Told(204) if gone else missing()


def _invalid(field: str, message: str) -> Told:
    """GitHub's refusal of a single comment."""
    resource = "PullRequestReviewComment"
    wrong = {"resource": resource, "code": "custom", "field": field, "message": message}
    hunk = {"resource": resource, "code": "missing_field"}
    hunk["field"] = "pull_request_review_thread.diff_hunk"
    return refusal(422, "Validation Failed", [wrong, hunk])
