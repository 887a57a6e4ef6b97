"""What a verdict is published as: each part rendered, within what GitHub takes."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

import msgspec

from gate.errors import GateError
from gate.github.answers import ApiError
from gate.github.api import Api
from gate.github.checkrun import Annotation
from gate.github.event import Event
from gate.github.keeping import Badge
from gate.github.publish import Outputs
from gate.reports import (
    badge,
    endpoint,
    inline,
    joint,
    links,
    markdown,
    sarif,
    suggestions,
    templating,
)
from gate.reports.links import Links
from gate.reports.page import Page
from gate.verdict import State, Verdict, When


@dataclass(frozen=True, kw_only=True)
class Template:
    """A template of the user's for the comment; `note` tells why there is none."""

    text: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Comment:
    """The comment: one for all gates of a pull request, of which this is one."""

    verdict: Verdict
    head: str
    links: Links | None
    template: Template
    marker: str = markdown.MARKER

    @property
    def wanted(self) -> bool:
        """Whether there is to be a comment where there is none."""
        when = self.verdict.context.publish.comment
        return when is When.ALWAYS or (
            when is When.CLOSED and self.verdict.state is not State.OPEN
        )

    @property
    def folded(self) -> bool:
        """Whether the comment is minimized while all gates are open."""
        return self.verdict.context.publish.minimize

    def merged(self, there: str) -> str:
        """The comment with this gate's part made anew, the others' as they are."""
        return joint.merged(there, self.verdict, self.head, self._page)

    def shared(self, text: str) -> bool:
        """Whether other gates have, or may have, a part in it."""
        return bool(self.verdict.context.name) or len(joint.parse(text)) > 1

    def settled(self, text: str) -> bool:
        """Whether all gates that have a part in it are open at this commit."""
        parts = joint.parse(text)
        return bool(parts) and all(
            part.state is State.OPEN and part.head == self.head for part in parts
        )

    def _page(self, size: int) -> Page:
        verdict, note = self.verdict, self.template.note
        if self.template.text:
            try:
                return markdown.section(
                    verdict, size=size, links=self.links, template=self.template.text
                )
            except GateError as error:
                note = f"the template cannot be used: {error.message}"
        if note:
            notes = (*verdict.context.notes, note)
            context = msgspec.structs.replace(verdict.context, notes=notes)
            verdict = msgspec.structs.replace(verdict, context=context)
        return markdown.section(verdict, size=size, links=self.links)


def outputs(verdict: Verdict, event: Event, template: Template = Template()) -> Outputs:
    """The verdict in all the forms that are published."""
    repository = links.repository(event.server_url, event.repository)
    folder = verdict.context.folder
    to = Links(repository=repository, commit=event.head, folder=folder)
    return Outputs(
        message=Comment(
            verdict=verdict,
            head=event.head,
            links=to if repository else None,
            template=template,
        ),
        annotations=tuple(map(_annotation, inline.beyond(verdict))),
        suggestions=suggestions.of(verdict),
        sarif=lambda: sarif.render(verdict),
        badge=Badge(svg=badge.render(verdict), json=endpoint.render(verdict)),
    )


def _annotation(one: inline.Beyond) -> Annotation:
    return Annotation(
        path=one.path,
        start_line=one.start_line,
        end_line=one.end_line,
        annotation_level=one.level,
        message=one.message,
        title=one.title,
        start_column=one.column,
        end_column=one.column,
    )


def with_template(verdict: Verdict, event: Event, api: Api) -> Template:
    """The template that gate.yaml names, as the base of the pull request has it.

    The change itself must not say what is written in the gate's name.
    """
    path = verdict.context.publish.template
    if not path or event.pull_request is None or not event.base:
        return Template()
    steps = path.split("/")
    odd = any(step in ("", ".", "..") for step in steps) or "\\" in path
    if odd or len(path) > 500:
        return Template(note="the template is no path in the repository: ours is used")
    folder = verdict.context.folder
    if any(step in (".", "..") for step in folder.split("/")):
        folder = ""
    whole = quote(f"{folder}/{path}".lstrip("/"))
    address = f"/repos/{event.repository}/contents/{whole}?ref={event.base}"
    try:
        data = api.raw(address, templating.MOST, needs="contents: read")
        return Template(text=data.decode("utf-8"))
    except UnicodeDecodeError:
        return Template(note="the template is not UTF-8 text: ours is used")
    except ApiError as error:
        if error.status == 404:
            return Template(note=f"the base has no template `{path}`: ours is used")
        return Template(note=f"the template could not be read: {error.message}")
