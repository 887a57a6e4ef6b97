"""What `gate run` hands over: made ready before the tests run, written behind them."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from pathlib import Path
from types import TracebackType

from gate import atomic, guard, names, preload, results, scratch
from gate.errors import ConfigError, GateError
from gate.github import files
from gate.preview import Preview
from gate.reports import REPORTS, summary
from gate.verdict import Verdict

# The folder is in the user's tree: keep it out of their commits, as pytest does.
IGNORE_ALL = "# Written by gate run.\n*\n"
OWN_FOLDER = ".gate"


def prepare(folder: Path) -> None:
    """Remove an older verdict first: a run that breaks must not leave it standing.

    Raises:
        ConfigError: the folder is a link, which would write to where it points.
        GateError: something in it is no file, or nothing can be written there, which
            is better told before all the checks than behind them.
    """
    if folder.is_symlink():
        raise ConfigError("the output folder is a link", path=str(folder))
    if not _is_ours(folder):
        raise ConfigError(
            "holds files that `gate run` did not write, and would write over",
            path=short(folder),
            hint="name an empty folder, or a new one, with --output",
        )
    for name in ("results.json", *REPORTS):
        try:
            (folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise GateError(
                f"cannot be replaced: {error.strerror}",
                path=short(folder / name),
                hint="remove it (and from git, if it is committed), or choose another"
                " folder with --output",
            ) from None
    atomic.write(folder / ".gitignore", IGNORE_ALL)


def _is_ours(folder: Path) -> bool:
    """Whether nothing of the user's can be lost in it: `.gate` is the gate's own."""
    if folder.name == OWN_FOLDER or not folder.is_dir() or not any(folder.iterdir()):
        return True
    with contextlib.suppress(OSError):
        return (folder / ".gitignore").read_text("utf-8") == IGNORE_ALL
    return False


def short(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


class Handover:
    """The reports in a folder, and the runner's files of this step.

    Nothing that the tests do to the disk keeps them from being written, and what the
    tests wrote into their place is gone when this ends, however it ends.
    """

    def __init__(self, folder: Path) -> None:
        preload.load()
        self._folder = folder
        self._files = files.RunnerFiles(os.environ)
        self._room = scratch.Reserve((folder, *self._files.folders))
        self.results = b""  # results.json as it was written
        self.preview = Preview()  # of the comment, with a template of the user's

    def __enter__(self) -> Handover:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        guard.unseal()
        self._room.release()
        try:
            self._files.put_back()
        except GateError:
            if error is None:
                raise

    def notes(self) -> tuple[str, ...]:
        """What the reader should know of the tests, when they are over."""
        if changed := self._files.changed():
            names = ", ".join(f"`{name}`" for name in changed)
            return (f"the tests wrote to the runner's files, now as before: {names}",)
        return ()

    def write(self, verdict: Verdict) -> dict[str, Path]:
        """Write results.json and every report; name -> path of what was written."""
        self._room.release()
        self.results = results.encode(verdict)
        rendered = {name: report.render(verdict) for name, report in REPORTS.items()}
        rendered["comment.md"] = self.preview.tried(verdict)[0]
        _clear(self._folder)
        atomic.write(self._folder / ".gitignore", IGNORE_ALL)
        atomic.write(self._folder / "results.json", self.results)
        for name, text in rendered.items():
            atomic.write(self._folder / name, text)
        return {name: self._folder / name for name in ("results.json", *rendered)}

    def tell_runner(self, verdict: Verdict) -> None:
        """The step's summary and outputs: last of all, as the runner reads them next.

        Raises:
            GateError: they cannot be written, or results.json is not as it was.
        """
        outputs = self._outputs(verdict).items()
        path = self._folder / "results.json"
        if not path.is_file() or path.read_bytes() != self.results:
            raise GateError(
                "was changed by another process behind the gate",
                path=str(path),
                hint="see what else runs as this user",
            )
        # What a summary holds already may end with HTML, which only a blank line ends.
        self._files.put_back(
            {
                files.SUMMARY: f"\n\n{summary.render(verdict)}",
                files.OUTPUT: "".join(_output(name, value) for name, value in outputs),
            }
        )

    def _outputs(self, verdict: Verdict) -> dict[str, str]:
        metrics = verdict.metrics
        coverage = metrics.get("coverage.percent")
        anomalies = metrics.get("data.anomalies")
        return {
            "verdict": verdict.state.value,
            "coverage": "" if coverage is None else f"{coverage:.2f}",
            "anomalies": "" if anomalies is None else f"{anomalies:.0f}",
            "results": str(self._folder / "results.json"),
            "report": str(self._folder / "report.html"),
            "artifact": names.artifact(verdict.context.name),
            # By it, who publishes knows these results from others.
            "digest": hashlib.sha256(self.results).hexdigest(),
        }


def _output(name: str, value: str) -> str:
    # A delimiter nobody can guess: a value cannot end itself.
    mark = f"gate_{secrets.token_hex(16)}"
    return f"{name}<<{mark}\n{value}\n{mark}\n"


def _clear(folder: Path) -> None:
    """Make way in the folder, which was in order before the tests ran."""
    if folder.is_symlink() or not folder.is_dir():
        scratch.remove(folder)
    else:
        os.chmod(folder, 0o700 | folder.stat().st_mode & 0o777)
    for name in (".gitignore", "results.json", *REPORTS):
        path = folder / name
        if path.is_symlink() or not path.is_file():
            scratch.remove(path)
