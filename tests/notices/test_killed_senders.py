"""Many recipients, a bad server and senders that are killed: each has exactly one mail, or stands on a list."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.telling import Sink, html_of, mail_server, swap, text_of

ROOT = Path(__file__).resolve().parents[2]
MINUTE = 60.0


@dataclass
class Chaos(Sink):
    """Defers one in ten, refuses one in fifty, and hangs up on one in fifty after the body, half of which it keeps."""

    dice: random.Random = field(default_factory=lambda: random.Random(7))
    times: list[float] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        chance = self.dice.random()
        if chance < 0.08:
            return "451 4.7.1 try again later"
        if chance < 0.10:
            self.refused.add(address)
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        address = envelope.rcpt_tos[0]
        self.times.append(time.monotonic())
        chance = self.dice.random()
        if chance < 0.02:
            return "452 4.3.1 out of space"
        if chance < 0.04:
            self.dropped.append(address)
            if chance < 0.03:
                self.taken.append(address)
                await super().handle_DATA(server, session, envelope)
            server.transport.abort()
            return "250 never heard"
        self.taken.append(address)
        return await super().handle_DATA(server, session, envelope)


@dataclass
class Campaign:
    rows: list[dict[str, Any]]
    killed: int
    chaos: Chaos


def run(home: Path, settings: Any, *, recipients: int, kills: int, longest: float, rate: int) -> Campaign:
    with mail_server(settings) as sink:
        chaos = swap(sink, Chaos())
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("NOVATION_", "DATABASE_"))}
        environment |= {
            "NOVATION_HOME": str(home),
            "DJANGO_SETTINGS_MODULE": "novation.settings",
            "NOVATION_MAIL": "smtp",
            "NOVATION_MAIL_PORT": str(settings.EMAIL_PORT),
            "NOVATION_MAIL_RATE": str(rate),
            "NOVATION_LOG_LEVEL": "ERROR",
        }
        done = subprocess.run(
            [sys.executable, "-m", "tests.notices.nursery", str(recipients), str(kills), str(longest)],
            cwd=ROOT, env=environment, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        said = json.loads(done.stdout)
        return Campaign(said["rows"], said["killed"], chaos)


def judge(campaign: Campaign, *, recipients: int, rate: int) -> Counter[str]:
    """The database against the record of the mail server."""
    chaos, taken = campaign.chaos, Counter(campaign.chaos.taken)
    assert len(campaign.rows) == recipients
    assert not taken or max(taken.values()) == 1, "somebody got two"
    for row in campaign.rows:
        got = taken[row["email"]]
        match row["state"]:
            case "sent":
                assert got == 1, row
            case "uncertain":
                assert row["error"], "an uncertain mail says why"
            case "bounced" | "failed":
                assert got == 0 and row["error"], row
            case other:
                raise AssertionError(f"{other} is no outcome")
        # One event for each outcome (and one more for a mail that was uncertain first).
        assert row["events"] >= 1
    states = Counter(row["state"] for row in campaign.rows)
    uncertain = {row["email"] for row in campaign.rows if row["state"] == "uncertain"}
    assert set(chaos.dropped) <= uncertain
    # What nobody can know is what was dropped, and what was in hand when its sender was killed.
    assert len(uncertain) <= len(set(chaos.dropped)) + 4 * campaign.killed
    assert {row["notice"] for row in campaign.rows} <= {"sent", "uncertain", "bounced"}
    assert fullest_minute(chaos.times) <= rate
    nobody_sees_another(campaign)
    return states


def fullest_minute(times: list[float]) -> int:
    """The most mails that reached the server within any sixty seconds."""
    times, most, first = sorted(times), 0, 0
    for last, at in enumerate(times):
        while times[first] <= at - MINUTE:
            first += 1
        most = max(most, last - first + 1)
    return most


def nobody_sees_another(campaign: Campaign) -> None:
    """Every rendered mail, both parts: the name, person, reference and link of its own customer, and no other's."""
    own = {row["email"]: row for row in campaign.rows}
    for to, message in campaign.chaos.arrived:
        row = own[to]
        for part in (text_of(message), html_of(message)):
            words = " ".join(part.split())
            assert set(re.findall(r"Customer number \d+", words)) == {row["name"]}
            assert set(re.findall(r"Person Number\d+", words)) <= {row["person"]}
            assert set(re.findall(r"SEV-\d{4}-\d+", words)) == {row["reference"]}
            assert set(re.findall(r"https?://[^\s\"<]+/r/[\w-]{43}", part)) == {row["link"]}
        everything = f"{message['Subject']} {message['To']} {message['Message-ID']} {message['X-Reference']}"
        assert {found.upper() for found in re.findall(r"(?i)SEV-\d{4}-\d+", everything)} == {row["reference"]}


def test_two_hundred_recipients_and_killed_senders(tmp_path: Path, settings: Any) -> None:
    campaign = run(tmp_path, settings, recipients=200, kills=6, longest=0.6, rate=100_000)
    states = judge(campaign, recipients=200, rate=100_000)
    assert campaign.killed >= 3 and states["sent"] > 100


def test_the_judge_finds_the_fullest_minute() -> None:
    assert fullest_minute([0.0, 1.0, 59.0, 60.5, 61.5]) == 3


@pytest.mark.soak
def test_five_thousand_recipients_and_three_hundred_killed_senders(tmp_path: Path, settings: Any) -> None:
    campaign = run(tmp_path, settings, recipients=5000, kills=300, longest=1.2, rate=1500)
    states = judge(campaign, recipients=5000, rate=1500)
    print(dict(states), "killed", campaign.killed, "fullest minute", fullest_minute(campaign.chaos.times))
    assert campaign.killed == 300 and states["sent"] > 3000
