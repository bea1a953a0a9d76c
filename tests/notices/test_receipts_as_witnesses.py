"""Each receipt carries the signed state of the log, so that its reader can convict us later."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from novation.evidencelog.models import Checkpoint, Event
from novation.evidencelog.verification import judge
from novation.moves import bundles
from novation.notices.services import queue
from tests import people, telling
from tests.builders import NOW

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("language", ["en", "cs"])
def test_a_receipt_agrees_with_the_bundle_and_holds_the_decision(
    settings: Any, tmp_path: Path, language: str
) -> None:
    (move,) = people.moves(1, language=language)
    people.put(move, notice="queued")
    people.put(move, notice="sent", decision="asked")
    made = people.says(move, "declined")
    with telling.mail_server(settings) as sink:
        queue(move=move, purpose="receipt", now=NOW, about={"decision": made.pk})
        telling.deliver(NOW)
    letter = sink.raw[-1]
    decided = Event.objects.filter(tag="decision:declined").latest("seq")
    signed = Checkpoint.objects.filter(size__gt=decided.seq).order_by("size").first()
    assert signed is not None
    assert bytes(signed.note).decode() in telling.text_of(sink.last())
    assert "— " not in telling.html_of(sink.last())
    (path,) = bundles.export([move], tmp_path, now=NOW + timedelta(minutes=1))
    report = judge(path.read_bytes(), at=NOW, witnesses=[letter])
    assert {c.name: c.verdict for c in report.checks}["witness 1"] == "PASS"


def test_other_mails_carry_none(settings: Any) -> None:
    (move,) = people.moves(1)
    people.put(move, notice="queued")
    with telling.mail_server(settings) as sink:
        queue(move=move, purpose="announcement", now=NOW)
        telling.deliver(NOW)
    assert "novation.local/log" not in telling.text_of(sink.last())
