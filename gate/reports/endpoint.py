"""The coverage badge as the JSON that shields.io's endpoint badge reads."""

from __future__ import annotations

import json

from gate.reports import badge
from gate.verdict import Verdict


def render(verdict: Verdict) -> str:
    """The document described at https://shields.io/badges/endpoint-badge."""
    value = badge.coverage(verdict)
    document = {
        "schemaVersion": 1,
        "label": badge.LABEL,
        "message": badge.message(value),
        "color": badge.colour(value)[0],
    }
    return json.dumps(document) + "\n"
