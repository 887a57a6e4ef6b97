"""A page of markdown as GitHub shows it, and what in it would do more than be read.

GitHub renders with cmark-gfm, cleans the HTML, and then looks through the text that is
not code: mentions, references, addresses, emoji, mathematics and the boxes of task
lists become links and more. The first half is GitHub's own renderer here; what the
second half looks for is taken from GitHub's documentation ("Autolinked references and
URLs", "Writing mathematical expressions") and from its open parts (html-pipeline,
task_list), always as the widest that any of them has been.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass, field

from cmarkgfm import cmark

_EXTENSIONS = ("table", "strikethrough", "autolink", "tagfilter", "tasklist")
_OPTIONS = (
    cmark.Options.CMARK_OPT_UNSAFE  # HTML is kept, and cleaned by another filter
    | cmark.Options.CMARK_OPT_GITHUB_PRE_LANG
    | cmark.Options.CMARK_OPT_FOOTNOTES
)
_COMMENTS = _OPTIONS | cmark.Options.CMARK_OPT_HARDBREAKS

# All that a page of ours is made of, letter by letter: whatever else begins with `<` is
# not ours, and so is a tag with an attribute that is not here.
_TAGS = re.compile(
    r"</?(?:h2|h3|p|ul|li|strong|em|code|pre|details|summary|b|table|thead|tbody|tr"
    r"|th|td|span)>|<br />|<details open>|<t[hd] align=\"(?:right|center)\">"
    r"|<pre lang=\"(?:diff|suggestion)\">|</a>"
)
_LINK = re.compile(r'<a href="([^"<>]*)">')
_MARKER = re.compile(
    r"<!-- gate-comment -->|<!-- gate \{[^<>@#]*\} -->"
    r"|<!-- gate-suggestion [0-9a-f]{8}-[0-9a-f]{20} -->"
)
_TOKEN = re.compile(r"<[^<>]*>|[^<]+|<")
_QUIET = ("code", "pre")  # GitHub's filters leave alone what stands in these

_ACTIVE = {
    "a mention, or an address of mail": re.compile(r"@[^\s]|[^\s]@"),
    "a reference": re.compile(r"#\d|\bgh-\d", re.IGNORECASE),
    "a commit": re.compile(
        r"(?<![0-9a-z])(?=\d*[a-f])[0-9a-f]{7,40}(?![0-9a-z])"
        r"|(?<![0-9a-z.,])\d{7,40}(?!\.?[0-9a-z])",
        re.IGNORECASE,
    ),
    "an address": re.compile(r"://|\bwww\.|\b(?:mailto|xmpp):", re.IGNORECASE),
    "an advisory": re.compile(r"ghsa-|cve-\d", re.IGNORECASE),
    "an emoji": re.compile(r":[\w+-]+:"),
    "mathematics": re.compile(r"\$"),
}
# task_list takes the box from the text, so that no backslash keeps it from being one.
_BOX = re.compile(r"\s*(?:[-+*]|\d+\.)?\s*\[(?:\s|x)\](?:\s|$)", re.IGNORECASE)

# Unicode's Default_Ignorable_Code_Point beyond the categories Cc, Cf, Cs, Zl and Zp.
_IGNORABLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u3164\ufe00-\ufe0f\uffa0"
    "\ufff0-\ufff8\U000e0000-\U000e0fff]"
)
_SEEN = re.compile("[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd]")
_EMOJI = re.compile(
    "[\xa9\xae\u203c\u2049\u2070-\u3163\u3165-\u3299\U0001f004-\U0001faff]"
    "[\ufe0e\ufe0f]"
)


@dataclass
class Page:
    """What a page of markdown is as HTML, and what is active or hidden in it."""

    html: str
    links: list[str] = field(default_factory=list)
    blocks: list[tuple[str, str]] = field(default_factory=list)  # language, content
    codes: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    text: str = ""  # all that is seen
    faults: list[str] = field(default_factory=list)


def render(page: str, *, hard: bool = True) -> str:
    """The HTML that GitHub makes of a comment; a file's line ends are not `hard`."""
    options = _COMMENTS if hard else _OPTIONS
    return cmark.markdown_to_html_with_extensions(page, options, _EXTENSIONS)


def read(page: str, *, links: str = "", hard: bool = True) -> Page:
    """The page as GitHub shows it; `links` is how the addresses that are ours begin."""
    found = Page(html=render(page, hard=hard))
    found.faults += [f"hidden: {one!r}" for one in hidden(page)]
    _Reader(found, links).read()
    return found


def assert_harmless(page: str, *, links: str = "") -> Page:
    """The page, which has nothing active and nothing hidden in it."""
    for hard in (False, True):
        found = read(page, links=links, hard=hard)
        assert not found.faults, (found.faults[:5], page)
    return found


def hidden(text: str) -> list[str]:
    """The characters that cannot be seen, except blanks and ends of lines.

    What asks for an emoji in colour is one only where no emoji is before it.
    """
    return [
        character
        for character in _EMOJI.sub("", text)
        if character not in "\n\t"
        and (
            unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
            or (unicodedata.category(character) == "Cf" and not _SEEN.match(character))
            or _IGNORABLE.match(character)
            or ord(character) & 0xFFFE == 0xFFFE
            or 0xFDD0 <= ord(character) <= 0xFDEF
        )
    ]


class _Reader:
    """Reads the HTML of a page, token by token."""

    def __init__(self, page: Page, links: str) -> None:
        self.page = page
        self.prefix = links
        self.open: list[str] = []
        self.begins_item = False
        self.text = ""  # since the last tag

    def read(self) -> None:
        above = True  # of everything that is seen: the place of our markers
        for token in _TOKEN.findall(self.page.html):
            if token.startswith("<"):
                self._end_text()
                above = above and self._is_marker(token)
                if not above:
                    self._tag(token)
            else:
                self.text += token
                above = above and not token.strip()
        self._end_text()
        if self.open:
            self.page.faults.append(f"left open: {self.open}")

    @staticmethod
    def _is_marker(token: str) -> bool:
        return bool(_MARKER.fullmatch(token))

    def _tag(self, tag: str) -> None:
        link = _LINK.fullmatch(tag)
        if not _TAGS.fullmatch(tag) and not link:
            self.page.faults.append(f"a foreign tag: {tag!r}")
            return
        if link:
            self._link(html.unescape(link[1]))
        if tag == "<span>" and self.open[-1:] != ["code"]:
            self.page.faults.append(f"{tag} within {self.open}")
        name = re.sub("[</> ].*", "", tag.lstrip("</"))
        if tag.startswith("</"):
            if self.open[-1:] != [name]:
                self.page.faults.append(f"{tag} within {self.open}")
            else:
                self.open.pop()
        elif name != "br":
            self.page.tags.append(tag)
            self.open.append(name)
            if name == "pre":
                self.page.blocks.append((re.sub('.*"(.*)".*|<pre>', r"\1", tag), ""))
            if name == "code":
                self.page.codes.append("")
        # The box is looked for in what an item begins with.
        self.begins_item = (
            name == "li"
            and not tag.startswith("</")
            or (self.begins_item and name == "p")
        )

    def _link(self, address: str) -> None:
        self.page.links.append(address)
        if not self.prefix or not address.startswith(self.prefix):
            self.page.faults.append(f"a link to {address!r}")

    def _end_text(self) -> None:
        text, self.text = html.unescape(self.text), ""
        if not text:
            return
        self.page.text += text
        if "pre" in self.open:
            language, block = self.page.blocks[-1]
            self.page.blocks[-1] = (language, block + text)
        elif "code" in self.open:
            self.page.codes[-1] += text
        else:
            self._look_at(text)

    def _look_at(self, text: str) -> None:
        """A text that GitHub's filters look through."""
        self.page.faults += [
            f"{what}: {found[0]!r} in {text!r}"
            for what, pattern in _ACTIVE.items()
            if (found := pattern.search(text))
        ]
        if self.begins_item and _BOX.match(text):
            self.page.faults.append(f"a box to tick: {text!r}")
        if "a" in self.open:
            self.page.faults.append(f"text in a link: {text!r}")
        if text.strip():
            self.begins_item = False
