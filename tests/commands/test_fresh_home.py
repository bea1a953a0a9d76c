"""A new home: whoever comes first brings it up to date, or says in one sentence why it cannot be."""

import argparse
import contextlib
import errno
import os
import socket
import sqlite3
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder

from novation import cli, commands
from novation.commands import migrate, outages
from novation.domain.errors import BadInput
from tests.commands.conftest import Run
from tests.engine.databases import database, settings_of
from tools.commands import commands as listed


def started(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    """A command as a process of its own, with nothing set but what is given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NOVATION_")}
    kept.pop("DATABASE_URL", None)
    return subprocess.Popen(
        [sys.executable, "-m", "novation", *arguments],
        env={**kept, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_two_commands_meet_in_a_fresh_home_and_both_work(tmp_path: Path) -> None:
    home, port = tmp_path / "not" / "there", free_port()
    web = started("web", "--port", str(port), NOVATION_HOME=str(home))
    try:
        check = started("check", NOVATION_HOME=str(home))
        said, complained = check.communicate(timeout=60)
        assert (check.returncode, complained) == (1, "")
        assert "novation.P001  There is no programme." in said
        assert web.stdout is not None
        told = web.stdout.readline()
        assert told, web.communicate(timeout=20)[1]
        assert told == f"The pages are on http://127.0.0.1:{port}/, the console on /console/.\n"
        page = answered(f"http://127.0.0.1:{port}/", web)
        # Without a programme there is nothing to tell customers: the console says how to begin.
        assert page.url == f"http://127.0.0.1:{port}/accounts/login/?next=/console/"
    finally:
        web.terminate()
        assert "Traceback" not in web.communicate(timeout=20)[1]
    # Nobody else reads what lies there.
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (home, *home.rglob("*"))}
    assert {path for path, mode in modes.items() if mode & 0o077} == set()


def answered(url: str, server: "subprocess.Popen[str]") -> Any:
    """The page, as soon as the server that is just starting answers."""
    browser = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(400):
        with contextlib.suppress(subprocess.TimeoutExpired):
            raise AssertionError(f"the web server ended with {server.wait(timeout=0.1)}")
        with contextlib.suppress(urllib.error.URLError):
            return browser.open(url, timeout=20)
    raise AssertionError("the web server never answered")


def test_every_command_says_what_it_needs() -> None:
    assert set(commands.COMMANDS) == {name.split()[1] for name, _, _ in listed(cli.parser(), "novation")}
    without = {name for name, command in commands.COMMANDS.items() if not command.needs_database}
    assert without == {"emulator", "demo"}


@pytest.mark.parametrize(
    "name", [name for name, command in commands.COMMANDS.items() if command.needs_database]
)
def test_no_command_begins_before_the_database_is_up_to_date(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise BadInput("The database is away.")

    monkeypatch.setattr(migrate, "bring_up_to_date", away)
    with pytest.raises(BadInput, match=r"The database is away\."):
        commands.run(argparse.Namespace(command=name))


def refused(run: Run, *arguments: str) -> str:
    """The one sentence of a command that cannot begin."""
    code, out, err = run(*(arguments or ("check",)))
    assert (code, out) == (2, "")
    assert err.startswith("novation: ") and err.count("\n") == 1 and err.endswith(".\n"), err
    return err


@pytest.mark.parametrize("command", [("check",), ("import",), ("migrate",), ("operator", "a@b.example")])
def test_a_home_of_a_newer_version_is_left_alone(novation: Run, command: tuple[str, ...]) -> None:
    MigrationRecorder(connection).record_applied("moves", "0999_from_the_future")
    said = refused(novation, *command)
    assert "does not know its migration moves.0999_from_the_future" in said and "Use that version" in said
    MigrationRecorder(connection).record_applied("tomorrow", "0001_initial")
    assert "moves.0999_from_the_future and 1 more" in refused(novation, *command)


def test_what_a_version_lacks_is_added_and_what_it_replaced_is_known(novation: Run) -> None:
    recorder = MigrationRecorder(connection)
    last = sorted(name for app, name in recorder.applied_migrations() if app == "sessions")[-1]
    with connection.schema_editor() as editor:
        editor.execute("DROP TABLE django_session")
    recorder.record_unapplied("sessions", last)
    assert novation("migrate") == (0, "The database is up to date.\n", "")
    assert "django_session" in connection.introspection.table_names()


NOWHERE = "postgres://someone:s3cret@127.0.0.1:9/novation"


def test_a_database_server_that_is_away_is_one_sentence(novation: Run) -> None:
    with database(settings_of(NOWHERE)):
        said = refused(novation)
    assert "The database novation on 127.0.0.1 cannot be used" in said and "refused" in said
    assert "See that the server runs" in said and "s3cret" not in said


@pytest.fixture
def unusable(tmp_path: Path) -> Iterator[Path]:
    """Django is pointed at a file that a test puts there."""
    path = tmp_path / "other" / "novation.sqlite3"
    path.parent.mkdir()
    with database(settings_of(f"sqlite:///{path}")):
        yield path


def test_a_file_that_is_no_database_is_one_sentence(novation: Run, unusable: Path) -> None:
    unusable.write_bytes(b"Dear customer, " * 1000)
    assert "file is not a database. Put a back-up in its place" in refused(novation)


def test_a_folder_where_the_database_should_be_is_one_sentence(novation: Run, unusable: Path) -> None:
    unusable.mkdir()
    assert "unable to open database file. See that the disk has space" in refused(novation)


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"NOVATION_HOME": "{file}"}, "The folder {file} cannot be used: File exists."),
        ({"NOVATION_HOME": "{file}/below"}, "The folder {file}/below cannot be used: Not a directory."),
        ({"DATABASE_URL": "mysql://root:s3cret@127.0.0.1/x"}, "DATABASE_URL names no database"),
        ({"DATABASE_URL": "nonsense"}, "DATABASE_URL names no database"),
    ],
)
def test_what_the_settings_cannot_use_is_one_sentence(
    tmp_path: Path, environment: dict[str, str], sentence: str
) -> None:
    file = tmp_path / "a-file"
    file.write_text("")
    given = {name: value.format(file=file) for name, value in environment.items()}
    out, err = started("check", **{"NOVATION_HOME": str(tmp_path / "home"), **given}).communicate(timeout=60)
    assert out == "" and err.count("\n") == 1 and "s3cret" not in err
    assert sentence.format(file=file) in err


def test_a_database_that_may_only_be_read_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite3"
    sqlite3.connect(path).close()
    with pytest.raises(BadInput, match=r"readonly database\. See that the disk"), outages.told():
        try:
            kept = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
            try:
                kept.execute("CREATE TABLE a (b)")
            finally:
                kept.close()
        except sqlite3.Error as error:
            raise OperationalError(str(error)) from error


def test_a_statement_that_the_database_does_not_know_is_a_bug(database_url: str) -> None:
    with pytest.raises(DatabaseError, match="nonsense"), outages.told(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM nonsense")


def test_a_full_disk_and_a_home_that_may_not_be_written_are_one_sentence() -> None:
    inside = str(settings.NOVATION_HOME / "plans")
    for error in (PermissionError(errno.EACCES, "Permission denied", inside), OSError(errno.ENOSPC, "Full")):
        with pytest.raises(BadInput, match=r"cannot be used: (Permission denied|Full)"), outages.told():
            raise error
    # A file that somebody named on the command line is the command's own business.
    with pytest.raises(FileNotFoundError), outages.told():
        raise FileNotFoundError(errno.ENOENT, "No such file", "/elsewhere")
