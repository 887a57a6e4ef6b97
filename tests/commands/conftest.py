"""A fake GitHub for the command that publishes."""

from __future__ import annotations

import harness_fixtures

github, server, spec = (
    harness_fixtures.github,
    harness_fixtures.server,
    harness_fixtures.spec,
)
