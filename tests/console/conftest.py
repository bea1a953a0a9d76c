"""People and a portfolio for the console's tests; the clock stands still at `portfolio.NOW`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from novation import clock
from novation.clock import FixedClock
from tests.console import portfolio
from tests.console.kept import Kept
from tests.console.portfolio import Portfolio


@pytest.fixture
def fixed() -> Iterator[FixedClock]:
    """The clock of the process, standing at `portfolio.NOW`."""
    new = FixedClock(portfolio.NOW)
    before = clock.use_clock(new)
    yield new
    clock.use_clock(before)


@pytest.fixture(scope="session")
def kept() -> list[Kept]:
    """The portfolio as the first test of this process built it."""
    return []


@pytest.fixture
def built(db: None, fixed: FixedClock, settings: Any, kept: list[Kept]) -> Portfolio:
    """Twenty customers, one in each state."""
    # Slow hashing protects real passwords; here it would only cost time.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if kept and connection.in_atomic_block:
        return kept[0].put_back()
    made = portfolio.build(len(portfolio.STANDS))
    if connection.in_atomic_block:
        kept.append(Kept.of(made))
    return made


class Browser(Client):
    """A client that is signed in as one of the portfolio's people."""

    def __init__(self, built: Portfolio, who: str) -> None:
        super().__init__()
        self.person = built.people[who]
        self.force_login(self.person, backend="django.contrib.auth.backends.ModelBackend")


@pytest.fixture
def operator(built: Portfolio) -> Browser:
    return Browser(built, "operator")


@pytest.fixture
def other(built: Portfolio) -> Browser:
    return Browser(built, "other")


@pytest.fixture
def approver(built: Portfolio) -> Browser:
    return Browser(built, "approver")


@pytest.fixture
def viewer(built: Portfolio) -> Browser:
    return Browser(built, "viewer")
