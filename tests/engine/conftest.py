"""One emulator for all tests of the engine; for each test a new world and a new database file."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from novation.domain.policy import Policy
from tests.engine.databases import ON_POSTGRES, Empty, database, settings_of
from tests.engine.rehearsal import Emulator, Rehearsal


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """The stand-in for Microsoft, as a process."""
    started = Emulator(tmp_path_factory.mktemp("emulator"))
    yield started
    started.close()


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Empty]:
    """A database with tables and no rows: a file, or on PostgreSQL when the whole suite runs there."""
    empty = Empty(tmp_path_factory.mktemp("database"), postgres=ON_POSTGRES)
    yield empty
    empty.close()


@pytest.fixture(scope="session")
def empty_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Empty]:
    """The same on PostgreSQL, for tests that are about several engines."""
    empty = Empty(tmp_path_factory.mktemp("postgres"), postgres=True)
    yield empty
    empty.close()


@pytest.fixture
def addresses(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where this installation finds Microsoft."""
    for name, value in (
        ("NOVATION_API_URL", emulator.ready["api"]),
        ("NOVATION_LOGIN_URL", emulator.ready["login"]),
        ("NOVATION_GRAPH_URL", emulator.ready["graph"]),
        ("NOVATION_API_RATE", 1_000_000),
        ("NOVATION_MAIL_RATE", 1_000_000),
        ("NOVATION_API_TIMEOUT", 5),
    ):
        monkeypatch.setattr(settings, name, value)


@pytest.fixture
def database_url(empty_database: Empty, tmp_path: Path, django_db_blocker: Any) -> Iterator[str]:
    """The address of an empty database of this test's own, at which Django is pointed."""
    with django_db_blocker.unblock(), empty_database.copied(tmp_path) as url, database(settings_of(url)):
        yield url


@pytest.fixture
def postgres(empty_postgres: Empty, tmp_path: Path, django_db_blocker: Any) -> Iterator[str]:
    """The same on PostgreSQL."""
    with django_db_blocker.unblock(), empty_postgres.copied(tmp_path) as url, database(settings_of(url)):
        yield url


@pytest.fixture
def begin(emulator: Emulator, addresses: None, database_url: str) -> Iterator[Callable[..., Rehearsal]]:
    """Begins a rehearsal, with a policy when one is given."""
    begun: list[Rehearsal] = []

    def rehearse(policy: Policy | None = None) -> Rehearsal:
        begun.append(Rehearsal(emulator, policy))
        return begun[-1]

    yield rehearse
    for one in begun:
        one.close()


@pytest.fixture
def house(begin: Callable[..., Rehearsal]) -> Rehearsal:
    """A rehearsal with the usual policy."""
    return begin()
