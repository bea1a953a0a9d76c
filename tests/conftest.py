"""What holds for every test: no network but this machine, repeatable examples, clear reasons for a skip."""

import logging
import os
import re
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
import pytest_django
import pytest_socket
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent
IN_CI = os.environ.get("CI") == "true"
POSTGRES = ("127.0.0.1", 5432)

# The same examples on every run, so that a red build is red for its own change.
hypothesis.settings.register_profile("suite", deadline=None, derandomize=True, print_blob=True)
# Other examples on every run, and more of them; what is found is kept as a fixed test.
hypothesis.settings.register_profile(
    "soak", derandomize=False, deadline=None, max_examples=1_000, print_blob=True
)


def pytest_configure(config: pytest.Config) -> None:
    """Chooses how properties are tried: HYPOTHESIS_PROFILE, or `soak` when the marker expression asks for long tests.

    Before collection, because tests take their settings from the profile when they are imported.
    """
    hypothesis.settings.load_profile(
        os.environ.get("HYPOTHESIS_PROFILE") or profile_for(config.option.markexpr)
    )


def profile_for(marker_expression: str) -> str:
    """`soak` for `-m soak`, `-m "soak or hypothesis"` and the like; `suite` for everything that leaves them out."""
    return "soak" if re.search(r"(?<!not )\bsoak\b", marker_expression) else "suite"


def pytest_runtest_setup() -> None:
    """Lets a test reach this machine only; Unix sockets are what event loops and browsers use inside."""
    pytest_socket.socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


# It tells of connections that end after their test did, into a stream that is closed by then.
logging.getLogger("mail.log").setLevel(logging.WARNING)

#: Files that take half a minute or more, the longest first: begun before the others, so that no worker has one of
#: them left when the rest is done.
LONGEST = (
    "test_whole_programme.py",
    "test_browser.py",
    "test_pages_in_chromium.py",
    "test_crash_campaign.py",
    "test_processes.py",
    "test_killed_senders.py",
    "test_docs_commands.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begins with the longest files, and skips what needs PostgreSQL when none listens.

    NOVATION_TEST_POSTGRES makes it a failure that none listens.
    """
    rank = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.path.name, len(rank)))
    marked = [item for item in items if item.get_closest_marker("postgres")]
    if marked and "NOVATION_TEST_POSTGRES" not in os.environ and not postgres_listens():
        reason = "no PostgreSQL on {}:{}; set NOVATION_TEST_POSTGRES=1 to make this a failure".format(
            *POSTGRES
        )
        for item in marked:
            item.add_marker(pytest.mark.skip(reason=reason))


def postgres_listens() -> bool:
    try:
        with socket.create_connection(POSTGRES, timeout=1):
            return True
    except OSError:
        return False


def missing(what: str) -> None:
    """Skips a test that lacks something on a developer's machine; in CI the lack is a failure."""
    if IN_CI:
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of recorded answers and official descriptions; it is never part of the project."""
    folder = Path(os.environ.get("NOVATION_CORPUS", ROOT.parent / "shared" / "corpus"))
    if not (folder / "README.md").is_file():
        missing(f"no corpus of recorded data at {folder}; set NOVATION_CORPUS to its folder")
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium for Playwright's `executable_path`."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        missing("no Chromium; install it (Debian: apt-get install chromium) or set CHROMIUM to its path")
    return str(found)


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker
) -> Iterator[None]:
    """On PostgreSQL, ends connections that tests left, as those with a browser do: they would keep the database."""
    yield
    with django_db_blocker.unblock():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
