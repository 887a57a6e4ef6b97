"""Whether results may be believed: what the job that judged says of itself decides.

results.json comes out of the job that ran the change, and through steps that run
behind it there. How that job ended is GitHub's own word; the digest is the gate's, left
when nothing of the change ran any more.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

import gate
from gate import names, results
from gate.errors import GateError
from gate.verdict import Context, State, Verdict, could_not_judge

ENDS = ("success", "failure", "cancelled", "skipped")  # of a job, as GitHub has them


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the results besides them; what is not known is empty.

    `judged` is how the job that judged ended, `digest` the SHA-256 that the gate told
    of its results there, `name` the gate's, and `folder` what was judged, which a gate
    without a name is called by.
    """

    judged: str = ""
    digest: str = ""
    name: str = ""
    folder: str = "."


class Believed(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict to publish, and why it is not the one that the results have.

    One that could not be believed has to be published too, as an error: an older
    status of the same commit must not stay.
    """

    verdict: Verdict
    doubt: GateError | None = None


def read(path: Path, claim: Claim) -> Believed:
    """The verdict in a results.json, as far as the claim bears it out."""
    try:
        data = _load(path, claim)
        if claim.digest and hashlib.sha256(data).hexdigest() != claim.digest:
            raise GateError(
                "the results are not those that the gate wrote: refused",
                hint="see what ran in the job that judged",
            )
        verdict = results.decode(data, name=str(path))
    except GateError as error:
        return doubted(error, claim)
    return weighed(verdict, claim)


def doubted(error: GateError, claim: Claim) -> Believed:
    """The verdict where results cannot be had, or are not to be believed: an error."""
    folder = "" if claim.folder == "." else claim.folder
    name = claim.name if names.valid(claim.name) else names.of_folder(folder)
    return _doubted(error, Context(gate=gate.__version__, name=name))


def weighed(verdict: Verdict, claim: Claim) -> Believed:
    """The verdict, if it is of the gate that was judged there.

    An open gate is believed only where the job that judged ended well.
    """
    name = verdict.context.name
    if claim.name and name != claim.name:
        error = GateError(
            f"the results are of a gate named {name[:60]!r}: refused",
            hint=f"those of {claim.name[:60]!r} were asked for",
        )
        return doubted(error, claim)
    if verdict.state is not State.OPEN or claim.judged in ("", "success"):
        return Believed(verdict=verdict)
    error = GateError(
        f"could not judge: {_ended(claim)}, though its results say open",
        hint="see the log of that job",
    )
    return _doubted(error, verdict.context)


def _load(path: Path, claim: Claim) -> bytes:
    try:
        return results.load(path)
    except GateError as error:
        if claim.judged in ("", "success"):
            raise
        message = f"it left no results: {_ended(claim)}"
        raise GateError(message, hint="see the log of that job") from error


def _ended(claim: Claim) -> str:
    return f"the job that judged ended with `{claim.judged[:40]}`"


def _doubted(error: GateError, context: Context) -> Believed:
    return Believed(verdict=could_not_judge([error.message], context), doubt=error)
