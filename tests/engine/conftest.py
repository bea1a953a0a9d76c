"""One emulator for all tests of the engine; for each test a new world and a new database file."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command

from novation.domain.policy import Policy
from tests.engine.rehearsal import Emulator, Rehearsal, database, sqlite_at


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """The stand-in for Microsoft, as a process."""
    started = Emulator(tmp_path_factory.mktemp("emulator"))
    yield started
    started.close()


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any) -> Path:
    """A database file with tables and no rows, to be copied."""
    path = tmp_path_factory.mktemp("database") / "empty.sqlite3"
    with django_db_blocker.unblock(), database(sqlite_at(path)):
        call_command("migrate", verbosity=0, interactive=False)
    return path


@pytest.fixture
def addresses(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where this installation finds Microsoft."""
    for name, value in (
        ("NOVATION_API_URL", emulator.ready["api"]),
        ("NOVATION_LOGIN_URL", emulator.ready["login"]),
        ("NOVATION_GRAPH_URL", emulator.ready["graph"]),
        ("NOVATION_RATE", 1_000_000),
        ("NOVATION_MAIL_RATE", 1_000_000),
        ("NOVATION_TIMEOUT", 5),
    ):
        monkeypatch.setattr(settings, name, value)


@pytest.fixture
def begin(
    emulator: Emulator, addresses: None, empty_database: Path, tmp_path: Path, django_db_blocker: Any
) -> Iterator[Callable[..., Rehearsal]]:
    """Begins a rehearsal, with a policy when one is given."""
    path = tmp_path / "novation.sqlite3"
    shutil.copy(empty_database, path)
    begun: list[Rehearsal] = []

    def rehearse(policy: Policy | None = None) -> Rehearsal:
        begun.append(Rehearsal(emulator, policy))
        return begun[-1]

    with django_db_blocker.unblock(), database(sqlite_at(path)):
        yield rehearse
        for one in begun:
            one.close()


@pytest.fixture
def house(begin: Callable[..., Rehearsal]) -> Rehearsal:
    """A rehearsal with the usual policy."""
    return begin()
