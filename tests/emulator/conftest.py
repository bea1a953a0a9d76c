"""Fixtures of the emulator's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.emulator.running import Bench, running


@pytest.fixture
def bench() -> Iterator[Bench]:
    """A fresh world of twelve plain customers; the clock stands still."""
    with running() as bench:
        yield bench
