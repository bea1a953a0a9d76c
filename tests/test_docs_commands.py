"""What the pages tell people to type works: each command of a shell block is run, from the clone to the plan.

Real processes in a fresh home, with the emulator where Microsoft would be. A command that is neither in EXPECTED
nor in NOT_RUN fails: whoever writes one says what it must answer, or why it cannot be run here.
"""

import contextlib
import os
import re
import shlex
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from novation import cli
from novation.moves.models import Move
from tests.commands.conftest import (
    Run,
    addresses,
    connected,
    database_url,
    empty_database,
    emulator,
    novation,
)
from tests.engine.rehearsal import Emulator
from tools import commands

__all__ = ["addresses", "connected", "database_url", "empty_database", "emulator", "novation"]

ROOT = Path(__file__).resolve().parent.parent
HOW_TO = ROOT / "docs" / "how-to"
BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.M | re.S)
#: The pages in an order in which a newcomer follows them; each list shares one home.
WALKS = (
    ("README.md",),
    (
        "docs/how-to/connect-partner-accounts.md",
        "docs/how-to/plan-a-programme.md",
        "docs/how-to/set-up-mail.md",
        "docs/how-to/run-in-production.md",
        "docs/how-to/debug-a-stuck-move.md",
        "docs/tutorial.md",
    ),
)

#: Beginning of a command -> why it is not run here.
NOT_RUN = {
    "make demo": "three minutes; tests/demo runs the rehearsal",
    "make test": "this very suite",
    "make check": "CI runs it beside this suite",
    "make soak": "hours",
    "NOVATION_TEST_DATABASE=postgres make test": "this very suite on a server that may not be there",
    "curl https://login.microsoftonline.com/": "the code comes from a sign-in in a browser, at Microsoft",
    "cd var/demo/bundles": "the bundles of this home lie elsewhere; the next commands are run there",
    "python3 -m pip wheel": "the build tool would have to be fetched",
}


@dataclass(frozen=True)
class Answer:
    """What a command must come to."""

    says: str  # part of what it prints, on one line
    code: int = 0
    given: dict[str, str] = field(default_factory=dict)  # further settings that the page says to make


#: Command as written, without `.venv/bin/` -> what it must answer. The longest beginning that fits counts, and one
#: with the name of the page before any other.
EXPECTED = {
    "sh bin/setup": Answer(""),
    "novation connect source": Answer("The source account Old account is connected."),
    "novation connect target": Answer("The target account New account is connected."),
    "novation programme": Answer("is created. Next: `novation import`."),
    "novation import": Answer("3 new, 0 changed, 0 unchanged."),
    "novation import --prices": Answer("prices read"),
    "novation plan": Answer("3 customers, none of them read yet"),
    "plan-a-programme.md: novation plan": Answer("3 customers, 23 subscriptions with 61 seats"),
    "novation check": Answer("Mails go to a file, not to people.", code=1),
    "README.md: novation check": Answer("3 customers have not been read yet", code=1),
    "connect-partner-accounts.md: novation check": Answer("There is no programme.", code=1),
    "novation wave create": Answer("First try has 1 customers."),
    "novation operator": Answer("you@example.com may sign in at /console/"),
    "novation run": Answer("The pages are on http://127.0.0.1:"),
    "novation policy set": Answer("Changed: region."),
    "novation plan --wave 1 --full": Answer("Launch exactly this: novation apply --wave 1 --plan"),
    "novation apply": Answer("Nobody has seen a test mail yet.", code=2),
    "novation simulate": Answer("Finished, nine times in ten by (P90)"),
    "novation connect mail": Answer("The mailbox moves@example.com is connected."),
    "novation webhooks": Answer(
        "The target account reports now to https://moves.example.com/hooks/partner-center/target/",
        given={"NOVATION_PUBLIC_URL": "https://moves.example.com"},
    ),
    "novation move show": Answer("move:created"),
    "novation move pause": Answer("pause done."),
    "novation move resume": Answer("resume done."),
    "python3 -m zipfile -e": Answer(""),
    # Nothing stamped this log, and the reader named no key: the checks that need them cannot say.
    "python3 unpacked/verify.py": Answer("UNKNOWN", code=2),
}


def pages() -> list[Path]:
    return [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        ROOT / "docs" / "tutorial.md",
        *sorted(HOW_TO.glob("*.md")),
    ]


def blocks(page: Path, *languages: str) -> Iterator[str]:
    """The contents of a page's blocks in these languages; "" is a block that names none."""
    for indent, language, content in BLOCK.findall(page.read_text(encoding="utf-8")):
        if language in languages:
            yield re.sub(f"^{indent}", "", content, flags=re.M)


def typed(page: Path) -> list[str]:
    """The commands of a page's shell blocks; a line that ends in a backslash goes on in the next."""
    text = "\n".join(blocks(page, "", "sh"))
    return [" ".join(line.split()) for line in text.replace("\\\n", " ").splitlines() if line.strip()]


def fitting(command: str, table: dict[str, Any], page: str = "") -> Any:
    """The entry with the longest beginning that fits; None when there is none."""
    plain = command.removeprefix(".venv/bin/")
    if f"{page}: {plain}" in table:
        return table[f"{page}: {plain}"]
    found = [begin for begin in table if plain.startswith(begin)]
    return table[max(found, key=len)] if found else None


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_every_command_of_a_page_is_run_or_has_a_reason_not_to_be(page: Path) -> None:
    unknown = [one for one in typed(page) if fitting(one, NOT_RUN) is None and fitting(one, EXPECTED) is None]
    assert unknown == [], "say in EXPECTED what it answers, or in NOT_RUN why it cannot be run"
    walked = {name for walk in WALKS for name in walk}
    wanted = [one for one in typed(page) if fitting(one, NOT_RUN) is None]
    assert not wanted or page.relative_to(ROOT).as_posix() in walked, "add the page to WALKS"
    # A block that is only indented would be seen by readers and not by this test.
    assert re.findall(r"^    (?:\.venv/bin/)?(?:novation|make) .*$", page.read_text(), re.M) == []


def test_no_entry_of_the_tables_is_left_over() -> None:
    everything = [one.removeprefix(".venv/bin/") for page in pages() for one in typed(page)]
    everything += [
        f"{page.name}: {one.removeprefix('.venv/bin/')}" for page in pages() for one in typed(page)
    ]
    for begin in (*NOT_RUN, *EXPECTED):
        assert any(one.startswith(begin) for one in everything), f"no page says {begin}"


class Newcomer:
    """Somebody who types what a page says, with their own values in place of the capitals."""

    def __init__(self, emulator: Emulator, home: Path) -> None:
        self.emulator, self.home = emulator, home
        self.port = _free_port()
        # Like the person's own environment: nothing of ours but what a page says.
        kept = {name: value for name, value in os.environ.items() if not name.startswith("NOVATION_")}
        kept.pop("DATABASE_URL", None)
        self.environment = {
            **kept,
            "NOVATION_HOME": str(home),
            "NOVATION_API_URL": emulator.ready["api"],
            "NOVATION_LOGIN_URL": emulator.ready["login"],
            "NOVATION_GRAPH_URL": emulator.ready["graph"],
            "NOVATION_CLOCK_FILE": str(emulator.clock_file),
            "NOVATION_TIME_SERVICES": "",
            "NOVATION_LOG_LEVEL": "WARNING",
            "COLUMNS": "200",
            "PYTHONWARNINGS": "ignore",
        }
        self.place = ROOT
        self.words: dict[str, str] = {
            "GROUP": emulator.ready["accounts"]["target"]["security_group_id"],
            "ROLE": "88d8e3e3-8f55-4a1e-953a-9b9898b8876b",
            "TENANT": "cccccccc-0000-4000-8000-000000000001",
            "CLIENT": "cccccccc-0000-4000-8000-000000000002",
            "DOMAIN": str(emulator.ask("GET", "/customers")["items"][0]["defaultDomain"]),
        }
        for role in ("source", "target"):
            account = emulator.ready["accounts"][role]
            self.words |= {
                f"{role.upper()}_TENANT": account["tenant_id"],
                f"{role.upper()}_CLIENT": account["client_id"],
            }

    def type(self, command: str, answer: Answer) -> str:
        """Runs one command and compares what comes of it; returns what it printed."""
        if "evidence-REFERENCE.zip" in command and self.place == ROOT:
            self._bundle()
        words = [re.sub(r"\b[A-Z][A-Z_]+\b", self._value, word) for word in shlex.split(command)]
        if words[0] == "python3":
            words[0] = sys.executable
        elif words[0] == ".venv/bin/novation":
            # The environment of this suite may stand elsewhere than in `.venv`.
            words[:1] = [sys.executable, "-m", "novation"]
        environment = {**self.environment, **answer.given, **self._secrets(command)}
        if command.endswith("novation run"):
            return self._served([*words, "--port", str(self.port)], environment)
        ran = subprocess.run(
            words, cwd=self.place, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=120, check=False,
        )  # fmt: skip
        said = ran.stdout + ran.stderr
        assert ran.returncode == answer.code, f"{command}: {ran.returncode}\n{said}"
        assert answer.says in " ".join(said.split()), f"{command}\n{said}"
        assert "Traceback" not in said
        self._learn(ran.stdout)
        return said

    def _value(self, found: re.Match[str]) -> str:
        return self.words.get(found[0], found[0])

    def _learn(self, said: str) -> None:
        for name, pattern in (
            ("CHECKSUM", r"--plan ([0-9a-f]{16})"),
            ("REFERENCE", r"\b(NOV-\d{4}-\d{4})\b"),
        ):
            if found := re.search(pattern, said):
                self.words[name] = found[1]

    def _secrets(self, command: str) -> dict[str, str]:
        """What a person would type unseen."""
        role = command.partition("connect ")[2].partition(" ")[0]
        if not role:
            return {}
        account = self.emulator.ready["accounts"].get(role, {})
        return {
            "CLIENT_SECRET": account.get("client_secret", "a secret of the mailbox"),
            "REFRESH_TOKEN": account.get("refresh_token", ""),
        }

    def _served(self, words: list[str], environment: dict[str, str]) -> str:
        """`novation run` until its front page answers and its engine has read everybody; then Ctrl-C."""
        process = subprocess.Popen(words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        try:
            said = ""
            while "The pages are on" not in said:
                line = process.stdout.readline()
                assert line, f"novation run ended: {said}"
                said += line
            self._wait(process, self._front_page, "the pages never came")
            self._wait(process, self._everybody_read, "the engine read nobody")
            return said
        finally:
            process.terminate()
            process.communicate(timeout=30)
            assert process.returncode == 0

    def _wait(self, process: "subprocess.Popen[str]", ready: Callable[[], bool], never: str) -> None:
        for _ in range(300):
            if ready():
                return
            with contextlib.suppress(subprocess.TimeoutExpired):
                raise AssertionError(f"novation run ended with {process.wait(timeout=0.2)}")
        raise AssertionError(never)

    def _front_page(self) -> bool:
        browser = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        address = f"http://127.0.0.1:{self.port}/"
        with contextlib.suppress(urllib.error.URLError), browser.open(address, timeout=20) as page:
            return str(page.url).endswith("/campaign/")
        return False

    def _everybody_read(self) -> bool:
        command = [sys.executable, "-m", "novation", "check"]
        ran = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=60, check=False
        )
        return "novation." in ran.stdout and "have not been read yet" not in ran.stdout

    def _bundle(self) -> None:
        """Makes the bundle that the tutorial's demo would have left, and goes to its folder."""
        self.place = self.home / "bundles"
        command = [sys.executable, "-m", "novation", "evidence", "export", self.words["REFERENCE"], "--plain"]
        subprocess.run(command, cwd=ROOT, env=self.environment, check=True, capture_output=True, timeout=120)
        (made,) = self.place.glob("evidence-*.zip")
        self.words["REFERENCE"] = made.stem.removeprefix("evidence-")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk[0])
def test_what_the_pages_say_works_when_it_is_typed(
    walk: tuple[str, ...], emulator: Emulator, tmp_path: Path
) -> None:
    emulator.sow(3, 3)
    newcomer = Newcomer(emulator, tmp_path / "home")
    for name in walk:
        for command in typed(ROOT / name):
            if fitting(command, NOT_RUN) is None:
                newcomer.type(command, fitting(command, EXPECTED, Path(name).name))


def test_the_statements_of_the_pages_work(connected: Run) -> None:
    assert connected("import")[0] == 0
    reference = Move.objects.earliest("id").reference
    for page in pages():
        for statement in blocks(page, "sql"):
            with connection.cursor() as cursor:
                if connection.vendor == "postgresql":
                    statement = statement.replace("CAST(body AS TEXT)", "convert_from(body, 'UTF8')")
                cursor.execute(statement.replace("REFERENCE", reference))
                assert cursor.fetchall() or "_step" in statement


INLINE = re.compile(r"`(?:\.venv/bin/)?(novation [a-z][^`\n]*)`")


@pytest.mark.parametrize(
    "page", [*pages(), *sorted((ROOT / "docs").rglob("*.md"))], ids=lambda page: page.name
)
def test_commands_named_in_a_sentence_exist_with_their_options(page: Path) -> None:
    known = {
        name: (parser, {word for action in parser._actions for word in action.option_strings})
        for name, parser, _ in commands.commands(cli.parser(), "novation")
    }
    for text in INLINE.findall(page.read_text(encoding="utf-8")):
        words = shlex.split(text)
        if words[1] == "emulator" or "|" in words:
            continue
        parser, options = known[" ".join(words[:2])]
        assert {word for word in words if word.startswith("--")} <= options, text
        actions = [one for one in parser._actions if not one.option_strings and one.choices]
        if actions and len(words) > 2 and not words[2].startswith("--"):
            assert words[2] in actions[0].choices, text
