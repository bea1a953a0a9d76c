"""The proof of a single record, and the evidence of many customers in one file."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from novation.evidence.note import TlogProof
from novation.evidence.tags import Tag
from novation.evidencelog.models import Event
from novation.evidencelog.services import checkpoints
from novation.moves.models import Move
from tests.console.conftest import Browser
from tests.console.portfolio import NOW, Portfolio


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_record_is_proven_anew_each_time(viewer: Browser, built: Portfolio) -> None:
    event = Event.objects.filter(move_id=built.by_kind["accept"].pk).order_by("seq").last()
    assert event is not None
    page = text(viewer.get(f"/console/evidence/entries/{event.seq}/"))
    assert "Not signed yet" in page
    checkpoints.sign(now=NOW)
    page = text(viewer.get(f"/console/evidence/entries/{event.seq}/"))
    assert "It holds" in page
    assert bytes(event.leaf).hex() in page
    answer = viewer.get(f"/console/evidence/entries/{event.seq}/?file=1")
    assert TlogProof.from_bytes(answer.content).index == event.seq


def test_a_record_that_was_changed_in_the_database_is_seen(viewer: Browser, built: Portfolio) -> None:
    checkpoints.sign(now=NOW)
    event = Event.objects.order_by("seq").first()
    assert event is not None
    Event.objects.filter(pk=event.pk).update(body=bytes(event.body).replace(b'"v":2', b'"v":3'))
    page = text(viewer.get(f"/console/evidence/entries/{event.seq}/"))
    assert "It does not hold" in page
    assert "The record was changed" in page


def test_there_is_no_proof_of_what_is_not_there(viewer: Browser, built: Portfolio) -> None:
    assert viewer.get("/console/evidence/entries/999999/").status_code == 404


def test_each_record_of_a_timeline_leads_to_its_proof(operator: Browser, built: Portfolio) -> None:
    move = built.by_kind["accept"]
    page = text(operator.get(f"/console/customers/{move.reference}/"))
    for event in Event.objects.filter(move_id=move.pk):
        assert f"/console/evidence/entries/{event.seq}/" in page


def test_the_bundles_of_those_who_were_chosen_or_of_all_come_in_one_file(
    operator: Browser, built: Portfolio
) -> None:
    wanted = [built.by_kind["accept"].reference, built.by_kind["told"].reference]
    for chosen, count in (({"move": wanted}, 2), ({"all": "yes"}, Move.objects.count())):
        answer = operator.post("/console/evidence/bundles", chosen)
        content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]  # a streamed answer
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert archive.testzip() is None
            assert len(archive.namelist()) == count
            assert all(name.startswith("evidence-") for name in archive.namelist())
    exported = Event.objects.filter(tag=str(Tag.OPERATOR_EXPORTED))
    assert {event.actor for event in exported} == {f"operator:{operator.person.pk}"}


def test_evidence_is_taken_out_by_those_who_may(viewer: Browser, operator: Browser) -> None:
    assert viewer.post("/console/evidence/bundles", {"all": "yes"}).status_code == 403
    assert operator.post("/console/evidence/bundles", {"move": "NOV-0000-0000"}).status_code == 404
