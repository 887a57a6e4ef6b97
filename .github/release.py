#!/usr/bin/env python3
"""A release, from a tag: is it what it says, what is built from it, what is public.

    release.py check TAG             tag, version, changelog, main and CI agree
    release.py build TAG [FOLDER]    sdist and wheel, the same bytes each time
    release.py publish TAG [FOLDER]  the files as a release, all at once; the tag v1

release.yml runs the three in jobs of their own, so that only the last one, which builds
nothing and runs nothing that was built, may write. It needs git, `gh`, and for `build`
setuptools; nothing else, so that nothing else has to be installed in those jobs.
"""

from __future__ import annotations

import argparse
import datetime
import gzip
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
SUMS = "SHA256SUMS"
BUILD = "import sys, setuptools.build_meta as b; getattr(b, sys.argv[2])(sys.argv[1])"


class RefusedError(Exception):
    """Why there is no release, or not all of it, in words for who pushed the tag."""


class Version(NamedTuple):
    """A version of ours; `candidate` is 0 for the release itself."""

    major: int
    minor: int
    patch: int
    candidate: int = 0

    @property
    def name(self) -> str:
        """As in the tag and the changelog: `1.2.0`, `1.2.0-rc1`."""
        candidate = f"-rc{self.candidate}" if self.candidate else ""
        return f"{self.major}.{self.minor}.{self.patch}{candidate}"

    @property
    def python(self) -> str:
        """As in `gate.__version__` and the names of files: `1.2.0`, `1.2.0rc1`."""
        return self.name.replace("-", "")


def parse(tag: str) -> Version:
    """The version that a tag names."""
    number = r"(0|[1-9]\d{0,5})"
    found = re.fullmatch(rf"v{number}\.{number}\.{number}(?:-rc([1-9]\d?))?", tag)
    if not found:
        raise RefusedError(f"{tag!r} is no version: tags are vX.Y.Z or vX.Y.Z-rcN")
    return Version(*(int(part or 0) for part in found.groups()))


def check(tag: str) -> None:
    """Refuse a tag that is not the version it names, reviewed on main and tested."""
    version = parse(tag)
    source = (ROOT / "gate" / "__init__.py").read_text("utf-8")
    if f'\n__version__ = "{version.python}"\n' not in source:
        raise RefusedError(
            f"gate.__version__ is not {version.python}: the tag is wrong"
        )
    notes(version)
    commit = git("rev-parse", f"refs/tags/{tag}^{{commit}}")
    if git("rev-parse", "HEAD") != commit:
        raise RefusedError(f"the commit checked out is not that of {tag}")
    if git("branch", "--remotes", "--contains", commit, "--list", "origin/main") == "":
        raise RefusedError(f"{commit} is not on main: a release is what was reviewed")
    runs = gh(
        *("run", "list", "--workflow", "ci.yml", "--commit", commit, "--event", "push"),
        *("--branch", "main", "--status", "success", "--json", "databaseId"),
    )
    if not json.loads(runs):
        raise RefusedError(
            f"CI has not passed on main for {commit}: when it has, run this again"
        )
    print(f"{tag} is {commit}, on main and tested")


def notes(version: Version) -> str:
    """What the changelog says of the version, under a heading with its date."""
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    heading = rf"^## \[{re.escape(version.name)}\] - (\S+)\n(.*?)(?=^## |^\[|\Z)"
    found = re.search(heading, text, re.M | re.S)
    if not found or not found[2].strip():
        raise RefusedError(
            f"CHANGELOG.md has no section '## [{version.name}] - YYYY-MM-DD'"
        )
    try:
        datetime.date.fromisoformat(found[1])
    except ValueError:
        raise RefusedError(f"CHANGELOG.md: {found[1]!r} is no date") from None
    return found[2].strip() + "\n"


def build(tag: str, folder: Path) -> None:
    """The sdist, the wheel and their checksums; of what is committed, and no more."""
    version, epoch = parse(tag), int(git("log", "-1", "--format=%ct", tag))
    if folder.exists():
        raise RefusedError(f"{folder} is there already: what is in it is not built now")
    folder.mkdir(parents=True)
    os.umask(0o022)  # the modes in the wheel are those of the files
    with tempfile.TemporaryDirectory() as temporary:
        archive, tree = Path(temporary, "tree.zip"), Path(temporary, "tree")
        git("archive", "--format=zip", f"--output={archive}", tag)
        with zipfile.ZipFile(archive) as file:
            file.extractall(tree)
        for hook in ("build_sdist", "build_wheel"):
            subprocess.run(
                [sys.executable, "-c", BUILD, str(folder.resolve()), hook],
                cwd=tree,
                env={**os.environ, "SOURCE_DATE_EPOCH": str(epoch)},
                stdout=subprocess.DEVNULL,
                check=True,
            )
    stem = f"research_quality_gate-{version.python}"
    sdist, wheel = folder / f"{stem}.tar.gz", folder / f"{stem}-py3-none-any.whl"
    if {*folder.iterdir()} != {sdist, wheel}:
        names = ", ".join(path.name for path in folder.iterdir())
        raise RefusedError(f"built {names} instead of version {version.python}")
    sdist.write_bytes(repacked(sdist.read_bytes(), epoch))
    sums = "".join(f"{digest(path)}  {path.name}\n" for path in (wheel, sdist))
    (folder / SUMS).write_text(sums, "utf-8", newline="\n")
    print(sums, end="")


def repacked(sdist: bytes, epoch: int) -> bytes:
    """The archive with the commit's time and nobody's name in it.

    setuptools heeds SOURCE_DATE_EPOCH in wheels only.
    """
    packed = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(sdist)) as old,
        gzip.GzipFile(fileobj=packed, mode="wb", filename="", mtime=epoch) as stream,
        tarfile.open(fileobj=stream, mode="w") as new,
    ):
        for member in sorted(old.getmembers(), key=lambda member: member.name):
            member.mtime, member.pax_headers = epoch, {}
            member.uid = member.gid = 0
            member.uname = member.gname = ""
            member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            new.addfile(member, old.extractfile(member) if member.isfile() else None)
    return packed.getvalue()


def publish(tag: str, folder: Path) -> None:
    """Make the release public with all its files, then move the tag of its major.

    A release that is immutable takes no file later, so it is a draft until all are
    there. It can be run again: what is public stays, and a draft that was left is made
    anew.
    """
    version = parse(tag)
    files = checked(folder)
    known = gh("release", "view", tag, "--json", "isDraft", may_fail=True)
    if known and not json.loads(known)["isDraft"]:
        print(f"{tag} is public already")
    else:
        if known:
            gh("release", "delete", tag, "--yes")
        kind = ["--prerelease"] if version.candidate else []
        gh(
            *("release", "create", tag, *map(str, files), "--draft", "--verify-tag"),
            *("--title", tag, "--notes-file", "-", *kind),
            text=notes(version),
        )
        newest = not version.candidate and version >= max(released(), default=version)
        latest = f"--latest={str(newest).lower()}"
        gh("release", "edit", tag, "--draft=false", latest)
        print(f"{tag} is public, with {', '.join(path.name for path in files)}")
    move(tag, version)


def checked(folder: Path) -> list[Path]:
    """The files to publish, the checksums among them, which have to be right."""
    for line in (folder / SUMS).read_text("utf-8").splitlines():
        expected, _, name = line.partition("  ")
        if digest(folder / name) != expected:
            raise RefusedError(f"{name} is not the file that {SUMS} names")
    return sorted(folder.iterdir())


def move(tag: str, version: Version) -> None:
    """Point the tag of the major version at this release, if it is the newest of it.

    That tag has no release of its own: of an immutable one it could not be moved.
    """
    if version.candidate or version.major == 0:
        print("no tag is moved: for that it has to be 1.0.0 or newer, and no candidate")
        return
    newest = max(v for v in (*released(), version) if v.major == version.major)
    if newest != version:
        print(f"v{version.major} stays at v{newest.name}, which is newer")
        return
    name = f"tags/v{version.major}"
    commit = git("rev-parse", f"refs/tags/{tag}^{{commit}}")
    refs = "repos/{owner}/{repo}/git"
    found = gh("api", f"{refs}/matching-refs/{name}", "--jq", ".[].ref").split()
    if f"refs/{name}" in found:
        request = ["--method", "PATCH", f"{refs}/refs/{name}", "-F", "force=true"]
    else:
        request = ["--method", "POST", f"{refs}/refs", "-f", f"ref=refs/{name}"]
    try:
        gh("api", *request, "-f", f"sha={commit}", "--silent")
    except RefusedError as error:
        raise RefusedError(
            f"{error}\n{tag} is public, but v{version.major} did not move. GitHub lets"
            " no workflow point a tag at a commit whose workflows differ from main's."
            f" A maintainer can: git push --force origin {commit}:refs/{name}"
        ) from None
    print(f"v{version.major} is {commit}")


def released() -> list[Version]:
    """The versions that are public, without drafts and candidates."""
    listed = gh(
        *("release", "list", "--exclude-drafts", "--exclude-pre-releases"),
        *("--limit", "1000", "--json", "tagName"),
    )
    return [parse(release["tagName"]) for release in json.loads(listed)]


def digest(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def git(*arguments: str) -> str:
    """What git says in this repository."""
    return called(["git", "-C", str(ROOT), *arguments])


def gh(*arguments: str, text: str = "", may_fail: bool = False) -> str:
    """What `gh` says; it takes the token and the repository from the environment."""
    return called(["gh", *arguments], text, may_fail)


def called(command: list[str], text: str = "", may_fail: bool = False) -> str:
    """The output of a program; "" when it fails and may."""
    done = subprocess.run(
        command, input=text, capture_output=True, encoding="utf-8", cwd=ROOT
    )
    if done.returncode == 0:
        return done.stdout.strip()
    if may_fail:
        return ""
    words = " ".join(command[:3])
    raise RefusedError(f"`{words}` failed: {(done.stderr or done.stdout).strip()}")


def main() -> None:
    """Read the command line, and run the part that it names."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("part", choices=["check", "build", "publish"])
    parser.add_argument("tag")
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "dist")
    given = parser.parse_args()
    try:
        if given.part == "check":
            check(given.tag)
        elif given.part == "build":
            build(given.tag, given.folder)
        else:
            publish(given.tag, given.folder)
    except RefusedError as error:
        sys.exit(f"release: {error}")


if __name__ == "__main__":
    main()
