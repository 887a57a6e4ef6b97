"""A fake GitHub for the command that publishes."""

from __future__ import annotations

import fake_fixtures

github, server, spec = fake_fixtures.github, fake_fixtures.server, fake_fixtures.spec
