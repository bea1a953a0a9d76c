"""A pause holds: what has not reached the server by then does not go out, and what is in hand is four mails at most."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from novation import clock
from novation.domain.policy import Policy
from novation.engine import mail_sender as engine_mail
from novation.moves.models import Move, Programme, Wave
from novation.moves.services import programmes
from novation.notices import delivery, services
from novation.notices.models import Notice
from tests.engine.databases import ON_POSTGRES, Empty, database, settings_of
from tests.telling import NOW, Sink, contact_of, deliver, mail_server, make_move, make_programme, swap

HANDS = engine_mail.CONNECTIONS
PATIENCE = 30.0  # real seconds after which a test that waits for nothing fails


@dataclass
class Gate(Sink):
    """Stops each conversation at one verb until it is opened; says how many stand there."""

    at: str = "rcpt"
    standing: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    open: threading.Event = field(default_factory=threading.Event)
    stood: int = 0

    async def _stand(self) -> None:
        self.stood += 1
        self.standing.release()
        await asyncio.get_running_loop().run_in_executor(None, self.open.wait, PATIENCE)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.at == "rcpt":
            await self._stand()
        return await super().handle_RCPT(server, session, envelope, address, options)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.at == "data":
            await self._stand()
        return await super().handle_DATA(server, session, envelope)

    def wait_for(self, count: int) -> None:
        for _ in range(count):
            assert self.standing.acquire(timeout=PATIENCE), "the sender never came"


def launched(size: int) -> Wave:
    programme = make_programme(policy_values=Policy(mail_from=0, mail_until=0).to_json())
    moves = [make_move(programme, items=0, notice="queued") for _ in range(size)]
    wave = programmes.create_wave(programme, moves, now=NOW, actor="t")
    programmes.launch_wave(wave, now=NOW, actor="t")
    for move in moves:
        services.queue(move=Move.objects.get(pk=move.pk), purpose="announcement", now=NOW)
    return wave


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Empty]:
    made = Empty(tmp_path_factory.mktemp("pausing"), postgres=ON_POSTGRES)
    yield made
    made.close()


@contextmanager
def sending(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Semaphore]:
    """The engine's own mail work in a thread; the semaphore counts its looks at the queue that took nothing."""
    nothing, stop = threading.Semaphore(0), asyncio.Event()
    claim = delivery.claim

    def watched(*args: Any, **kwargs: Any) -> list[delivery.Outgoing]:
        taken = claim(*args, **kwargs)
        if not taken:
            nothing.release()
        return taken

    monkeypatch.setattr(engine_mail.delivery, "claim", watched)
    loop = asyncio.new_event_loop()
    with ThreadPoolExecutor(1) as thread:
        done = thread.submit(loop.run_until_complete, engine_mail.run("host:1", clock.clock(), stop))
        try:
            yield nothing
        finally:
            loop.call_soon_threadsafe(stop.set)
            done.result(PATIENCE)
            loop.close()


@pytest.mark.parametrize(("at", "accepted"), [("rcpt", 0), ("data", HANDS)])
def test_after_a_pause_only_bodies_that_the_server_already_has_are_accepted(
    at: str, accepted: int, empty: Empty, tmp_path: Any, settings: Any, monkeypatch: pytest.MonkeyPatch,
    django_db_blocker: Any,
) -> None:  # fmt: skip
    with (
        django_db_blocker.unblock(),
        empty.copied(tmp_path) as url,
        database(settings_of(url)),
        mail_server(settings) as sink,
    ):
        wave = launched(12)
        gate = swap(sink, Gate(at=at))
        with sending(monkeypatch) as nothing:
            try:
                gate.wait_for(HANDS)
                programmes.set_wave_paused(wave, True, now=NOW, actor="operator:1")
                assert not gate.arrived
            finally:
                gate.open.set()
            for _ in range(2):
                assert nothing.acquire(timeout=PATIENCE)
            assert (gate.stood, len(gate.arrived)) == (HANDS, accepted)
            assert Notice.objects.filter(state="queued", tries=0, error="").count() == 12 - accepted
            programmes.set_wave_paused(wave, False, now=NOW, actor="operator:1")
            gate.wait_for(12 - accepted)
        # Ending the sender waits for what it has in hand.
        assert sorted(to for to, _ in gate.arrived) == sorted(
            contact_of(move).email for move in Move.objects.all()
        )


@pytest.mark.django_db
@pytest.mark.parametrize("what", ["move", "wave", "programme", "claim"])
def test_a_claimed_mail_that_is_paused_before_it_is_sent_waits_without_losing_a_try(
    sink: Sink, what: str
) -> None:
    wave = launched(1)
    (one,) = delivery.claim(1, now=NOW, owner="t")
    assert delivery.may_go(one)
    match what:
        case "move":
            Move.objects.update(paused=True)
        case "wave":
            programmes.set_wave_paused(wave, True, now=NOW, actor="operator:1")
        case "programme":
            Programme.objects.update(state="paused")
        case "claim":
            Notice.objects.update(claim=one.claim + 1)
    assert not delivery.may_go(one)
    result = delivery.send(one, may_go=lambda: delivery.may_go(one))
    assert (result.outcome, sink.arrived) == ("withheld", [])
    delivery.record(one, result, now=NOW)
    if what != "claim":
        assert Notice.objects.values_list("state", "tries", "error").get() == ("queued", 0, "")


@pytest.mark.django_db
def test_an_answer_to_what_a_customer_did_goes_although_the_wave_is_paused(sink: Sink) -> None:
    wave = launched(1)
    deliver()
    move = Move.objects.get()
    link, _ = services.link_for(move, contact_of(move), now=NOW)
    services.issue_code(link, now=NOW)
    (one,) = delivery.claim(1, now=NOW, owner="t")
    programmes.set_wave_paused(wave, True, now=NOW, actor="operator:1")
    assert delivery.may_go(one)
    assert delivery.send(one, may_go=lambda: delivery.may_go(one)).outcome == "accepted"
