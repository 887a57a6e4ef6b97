"""The comments of issues and pull requests, and the reactions to them."""

from __future__ import annotations

from contract import Asked, Json
from fake_base import Actor, Base, Told, missing, refusal

CONTENTS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes")


class Issues(Base):
    """Answers about comments."""

    def add_comment(
        self,
        number: int,
        body: str,
        login: str = "octocat",
        type: str = "User",
        app: str = "",
    ) -> int:
        """A comment of anybody's, `app` is the slug of the app used; its id."""
        made = next(self._ids)
        api = f"{self.api}/issues"
        now = self.now()
        self.state.comments[made] = {
            **self.spec.component("issue-comment"),
            "id": made,
            "node_id": self.node("IC", made),
            "body": body,
            "user": self.user(login, type),
            "performed_via_github_app": self.app_of(app),
            "url": f"{api}/comments/{made}",
            "issue_url": f"{api}/{number}",
            "html_url": f"{self.page_url}/pull/{number}#issuecomment-{made}",
            "minimized": None,
            "created_at": now,
            "updated_at": now,
        }
        return made

    def _issues_list_comments(self, operation: Json, asked: Asked) -> Told:
        end = f"/{asked.path['issue_number']}"
        since = asked.query.get("since", "")
        found = [
            comment
            for comment in self.state.comments.values()
            if comment["issue_url"].endswith(end) and comment["updated_at"] >= since
        ]
        return self._page(found, asked)

    def _issues_create_comment(self, operation: Json, asked: Asked) -> Told:
        number, by = int(asked.path["issue_number"]), self.actor(asked)
        if self.state.pulls and number not in self.state.pulls:
            return missing()
        made = self.add_comment(number, asked.body["body"], *by)
        comment = self.state.comments[made]
        return Told(201, comment, {"Location": comment["url"]})

    def _issues_get_comment(self, operation: Json, asked: Asked) -> Told:
        comment = self.state.comments.get(int(asked.path["comment_id"]))
        return Told(200, comment) if comment else missing()

    def _issues_update_comment(self, operation: Json, asked: Asked) -> Told:
        comment = self.state.comments.get(int(asked.path["comment_id"]))
        if comment is None:
            return missing()
        comment.update(body=asked.body["body"], updated_at=self.now())
        return Told(200, comment)

    def _issues_delete_comment(self, operation: Json, asked: Asked) -> Told:
        number = int(asked.path["comment_id"])
        if self.state.comments.pop(number, None) is None:
            return missing()
        for made, reaction in list(self.state.reactions.items()):
            if reaction["comment"] == number:
                del self.state.reactions[made]
        return Told(204)

    def _reaction(self, made: int) -> Json:
        known = self.state.reactions[made]
        return {k: v for k, v in known.items() if k != "comment"}

    def _of(self, comment: int, content: str = "") -> list[int]:
        """The reactions to a comment."""
        return [
            made
            for made, known in self.state.reactions.items()
            if known["comment"] == comment and content in ("", known["content"])
        ]

    def _reactions_list_for_issue_comment(self, operation: Json, asked: Asked) -> Told:
        number = int(asked.path["comment_id"])
        if number not in self.state.comments:
            return missing()
        found = self._of(number, asked.query.get("content", ""))
        return self._page([self._reaction(made) for made in found], asked)

    def _reactions_create_for_issue_comment(
        self, operation: Json, asked: Asked
    ) -> Told:
        number, by = int(asked.path["comment_id"]), self.actor(asked)
        if number not in self.state.comments:
            return missing()
        content = asked.body["content"]
        for made in self._of(number, content):
            if self.state.reactions[made]["user"]["login"] == by.login:
                return Told(200, self._reaction(made))
        made = self.add_reaction(number, content, by)
        return Told(201, self._reaction(made))

    def add_reaction(self, comment: int, content: str, by: Actor) -> int:
        """A reaction to a comment; its id."""
        made = next(self._ids)
        self.state.reactions[made] = {
            "comment": comment,
            "id": made,
            "node_id": self.node("REA", made),
            "user": self.user(by.login, by.type),
            "content": content,
            "created_at": self.now(),
        }
        self._roll_up(comment)
        return made

    def _roll_up(self, number: int) -> None:
        """Tell in a comment how often it was reacted to."""
        counts = {content: len(self._of(number, content)) for content in CONTENTS}
        url = f"{self.api}/issues/comments/{number}/reactions"
        total = {"url": url, "total_count": sum(counts.values())}
        self.state.comments[number]["reactions"] = {**total, **counts}

    def _reactions_delete_for_issue_comment(
        self, operation: Json, asked: Asked
    ) -> Told:
        made, number = (int(asked.path[k]) for k in ("reaction_id", "comment_id"))
        known = self.state.reactions.get(made)
        if known is None or known["comment"] != number:
            return missing()
        if known["user"]["login"] != self.actor(asked).login:
            return refusal(403, "Must have admin rights to Repository.")
        del self.state.reactions[made]
        self._roll_up(number)
        return Told(204)

    def _set_comments(self, value: list[Json]) -> list[int]:
        return [self.add_comment(**comment) for comment in value]
