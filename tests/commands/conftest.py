"""Commands run in this process, on a database file of their own, with the emulator where Microsoft would be."""

from collections.abc import Callable, Iterator

import pytest

from novation import cli, clock
from novation.clock import SharedClock
from tests.engine.conftest import addresses, database_url, empty_database, emulator
from tests.engine.rehearsal import Emulator

__all__ = ["addresses", "database_url", "empty_database", "emulator"]

#: Runs a command and returns its exit code, what it printed, and what it complained about.
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def novation(database_url: str, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """The command line of an installation that has nothing in it yet."""

    def run(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = cli.main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    yield run


@pytest.fixture
def connected(
    novation: Run, emulator: Emulator, addresses: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Run]:
    """Both accounts are connected and a programme is laid down; the emulator has three customers."""
    emulator.sow(11, 3)
    before = clock.use_clock(SharedClock(emulator.clock_file))
    for role in ("source", "target"):
        given = emulator.ready["accounts"][role]
        monkeypatch.setenv("CLIENT_SECRET", given["client_secret"])
        monkeypatch.setenv("REFRESH_TOKEN", given["refresh_token"])
        named = ("--name", given["name"], "--tenant", given["tenant_id"], "--client-id", given["client_id"])
        assert novation("connect", role, *named)[0] == 0
    laid_down = (
        "programme",
        "--name",
        "The move",
        "--sender",
        "Severka IT",
        "--email",
        "move@severka.example",
    )
    assert novation(*laid_down)[0] == 0
    yield novation
    clock.use_clock(before)
