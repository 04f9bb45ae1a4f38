"""A key is revoked when the session begins, and tried again after the other tests: within a minute it must not work."""

from __future__ import annotations

import time

import pytest

from tests.e2e.conftest import Deployment, Revoked, until

pytestmark = pytest.mark.e2e


def test_a_revoked_key_is_refused_within_a_minute(deployment: Deployment, revoked: Revoked) -> None:
    until(lambda: revoked.refused(deployment), seconds=revoked.at + 60 - time.monotonic())
