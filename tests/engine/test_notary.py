"""Checkpoints are signed in time and stamped by services outside; a service that fails leaves them awaited."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2
import pytest
from django.db import transaction

from novation.clock import FixedClock
from novation.engine import checkpointer
from novation.evidence.tags import Tag
from novation.evidence.time_service import TimeService
from novation.evidence.timestamp import chain_in
from novation.evidencelog.models import Checkpoint, Stamp
from novation.evidencelog.services import events, timestamps

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@contextmanager
def time_service(service: TimeService, clock: FixedClock, *, broken: bool = False) -> Iterator[str]:
    """The service on a port of its own; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = b"<html>out of order</html>" if broken else service.answer(body, clock.now())
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def log_something(at: datetime, tag: Tag = Tag.PROGRAMME_CHANGED) -> None:
    with transaction.atomic():
        events.record(tag, at=at, actor="test", data={"n": 1})


async def ask(service: str, url: str, data: bytes) -> tuple[bytes, datetime | None, str]:
    async with httpx2.AsyncClient() as http:
        return await checkpointer.ask(http, service, url, data)


@pytest.fixture
def alpha(settings: object, tmp_path: object) -> TimeService:
    settings.NOVATION_HOME = tmp_path  # type: ignore[attr-defined]  # pytest-django's settings
    service = TimeService.create("alpha", START)
    timestamps.pin("alpha", service.chain)
    return service


@pytest.mark.django_db
def test_an_empty_log_is_not_signed() -> None:
    assert checkpointer.sign_if_due(FixedClock(START)) is None


@pytest.mark.django_db
def test_a_decision_is_signed_sooner_than_other_entries(settings: object, tmp_path: object) -> None:
    settings.NOVATION_HOME = tmp_path  # type: ignore[attr-defined]  # set by name
    clock = FixedClock(START)
    log_something(START)
    assert checkpointer.sign_if_due(clock) is not None
    log_something(START)
    clock.advance(timedelta(seconds=120))
    assert checkpointer.sign_if_due(clock) is None
    log_something(clock.now(), Tag.DECISION_MANDATE)
    assert checkpointer.sign_if_due(clock) is not None
    log_something(clock.now())
    clock.advance(timedelta(seconds=601))
    assert checkpointer.sign_if_due(clock) is not None
    assert [one.size for one in Checkpoint.objects.all()] == [1, 3, 4]


@pytest.mark.django_db
def test_a_stamp_is_checked_and_kept_with_the_time_of_the_service(alpha: TimeService) -> None:
    clock = FixedClock(START)
    log_something(START)
    signed = checkpointer.sign_if_due(clock)
    assert signed is not None
    with time_service(alpha, clock) as url:
        answer, at, error = asyncio.run(ask("alpha", url, bytes(signed.note)))
    assert (at, error) == (START, "")
    assert [one.size for one in timestamps.awaited("alpha", now=START, clock=clock)] == [1]
    timestamps.keep(1, "alpha", answer=answer, at=START, now=START)
    timestamps.keep(1, "alpha", answer=b"another", at=START, now=START)
    assert bytes(Stamp.objects.get().answer or b"") == answer
    assert timestamps.awaited("alpha", now=START + timedelta(days=1), clock=clock) == []


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["broken", "stranger", "nobody"])
def test_no_good_answer_leaves_the_stamp_awaited_and_asks_again(alpha: TimeService, kind: str) -> None:
    clock = FixedClock(START)
    service = TimeService.create("alpha", START) if kind == "stranger" else alpha
    with time_service(service, clock, broken=kind == "broken") as url:
        if kind == "nobody":
            url = "http://127.0.0.1:9/"
        _, at, error = asyncio.run(ask("alpha", url, b"note"))
    assert at is None
    assert error
    log_something(START)
    checkpointer.sign_if_due(clock)
    timestamps.not_given(1, "alpha", error=error, now=START)
    assert Stamp.objects.get().answer is None
    assert timestamps.awaited("alpha", now=START, clock=clock) == []
    assert len(timestamps.awaited("alpha", now=START + timedelta(minutes=1), clock=clock)) == 1


def test_a_service_that_is_not_pinned_is_not_asked(settings: object, tmp_path: object) -> None:
    settings.NOVATION_HOME = tmp_path  # type: ignore[attr-defined]  # set by name
    _, at, error = asyncio.run(ask("beta", "http://127.0.0.1:9/", b"note"))
    assert at is None
    assert "not pinned" in error


def test_the_chain_inside_an_answer_begins_with_the_signer(alpha: TimeService) -> None:
    from novation.evidence.timestamp import stamp_request

    answer = alpha.answer(stamp_request(b"note").body, START)
    assert chain_in(answer) == alpha.chain


def test_a_time_service_that_hangs_does_not_keep_checkpoints_from_being_signed(
    settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.NOVATION_TIME_SERVICES = {"alpha": "http://127.0.0.1:9/"}  # type: ignore[attr-defined]  # set by name
    stop = asyncio.Event()
    looks: list[str] = []

    async def hangs(*_: object) -> bool:
        looks.append("asked")
        await stop.wait()
        return False

    def signs(_: object) -> None:
        looks.append("signed")
        if looks.count("signed") > 3 and "asked" in looks:
            loop.call_soon_threadsafe(stop.set)

    monkeypatch.setattr(checkpointer, "LOOK", 0.001)
    monkeypatch.setattr(checkpointer, "_stamp", hangs)
    monkeypatch.setattr(checkpointer, "_awaited", lambda *_: [(1, b"note")])
    monkeypatch.setattr(checkpointer, "sign_if_due", signs)
    for name in ("_to_folder", "_alarm"):
        monkeypatch.setattr(checkpointer, name, lambda *_, **__: -1)
    monkeypatch.setattr(checkpointer.config_watch, "note", lambda *_, **__: None)
    monkeypatch.setattr(checkpointer.timestamp_renewal, "due", lambda *_, **__: [])
    monkeypatch.setattr(checkpointer.witnesses, "mail_if_due", lambda *_: None)
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        runner.run(checkpointer.run(FixedClock(START), stop))
    assert looks.count("signed") > 3


@pytest.mark.django_db
def test_a_stamp_that_is_awaited_for_more_than_an_hour_needs_somebody(
    alpha: TimeService, settings: object
) -> None:
    settings.NOVATION_TIME_SERVICES = {"alpha": "http://127.0.0.1:9/", "beta": ""}  # type: ignore[attr-defined]  # set by name
    clock = FixedClock(START)
    log_something(START)
    signed = checkpointer.sign_if_due(clock)
    assert signed is not None
    timestamps.not_given(signed.size, "alpha", error="alpha did not answer", now=START)
    clock.advance(timedelta(minutes=59))
    assert timestamps.overdue(now=clock.now(), clock=clock) == (0, None)
    clock.advance(timedelta(minutes=2))
    assert timestamps.overdue(now=clock.now(), clock=clock) == (1, signed)
    timestamps.keep(signed.size, "alpha", answer=b"x", at=START, now=clock.now())
    assert timestamps.overdue(now=clock.now(), clock=clock) == (1, signed)  # two services are set
    timestamps.keep(signed.size, "beta", answer=b"x", at=START, now=clock.now())
    assert timestamps.overdue(now=clock.now(), clock=clock) == (0, None)
