"""Erasing a person's data leaves every proof valid and no trace of the data."""

from typing import Any

import pytest

from novation.evidence.bundle import BundleEvent
from novation.evidence.entry import document_digest
from novation.evidence.erasure import Erasure, erasure_of
from novation.evidence.errors import BadBundle, BadEntry
from novation.evidence.tags import Tag
from novation.evidence.verifier.archive import unpack
from novation.evidence.verify import Report, verify
from tests.evidence.forging import sealed_again
from tests.evidence.sample_log import ALPHA, SampleLog


def erased(log: SampleLog, **choice: Any) -> tuple[Erasure, list[BundleEvent], list[Any]]:
    """Erase on record; gives what is left of events and documents."""
    bodies = [event.body for event in log.events(ALPHA)]
    erasure = erasure_of(bodies, **choice)
    log.add(Tag.LOG_ERASED, ALPHA, **erasure.record("Art. 17 GDPR; retention period over"))
    log.checkpoint()
    events = [
        BundleEvent(entry.body, erasure.remaining(seq, entry.personal))
        for seq, (subject, entry) in enumerate(log.entries)
        if subject == ALPHA
    ]
    documents = [one for one in log.documents[ALPHA] if document_digest(one.content) not in erasure.documents]
    return erasure, events, documents


def failed(report: Report) -> dict[str, str]:
    return {check.name: check.reason for check in report.checks if check.verdict == "FAIL"}


def test_after_erasure_every_proof_holds_and_no_trace_is_left(log: SampleLog) -> None:
    _, events, documents = erased(log, documents=True)
    bundle = log.bundle(events=events, documents=documents)
    report = verify(bundle, at=None, pins=log.pins)
    assert failed(report) == {}
    reasons = {check.name: check.reason for check in report.checks}
    assert reasons["personal values"] == "0 personal values are the logged ones; 4 were erased on record."
    assert reasons["documents"] == "0 documents are the ones that the events name; 4 were erased on record."
    for trace in ("Žďárská", "192.0.2.7", f"{ALPHA}@example.org", "jednatelka", "Zmocňuji"):
        assert trace.encode() not in bundle
    for _, entry in log.entries:
        for opening in entry.personal.values():
            assert opening["salt"].encode() not in bundle


def test_what_must_be_kept_stays(log: SampleLog) -> None:
    erasure, events, documents = erased(log, keep=["name"])
    assert sorted(field for names in erasure.fields.values() for field in names) == [
        "address",
        "function",
        "ip",
    ]
    bundle = log.bundle(events=events, documents=documents)
    assert failed(verify(bundle, at=None, pins=log.pins)) == {}
    assert "Žďárská".encode() in bundle
    assert b"192.0.2.7" not in bundle


def test_a_value_that_is_withheld_without_record_is_noticed(log: SampleLog) -> None:
    events = [BundleEvent(event.body) for event in log.events(ALPHA)]
    report = verify(log.bundle(events=events), at=None, pins=log.pins)
    assert "withheld; no erasure is on record" in failed(report)["personal values"]


def test_a_value_that_is_still_there_after_its_erasure_is_noticed(log: SampleLog) -> None:
    erased(log)
    report = verify(log.bundle(), at=None, pins=log.pins)
    assert "still holds" in failed(report)["personal values"]


def test_a_document_that_is_still_there_after_its_erasure_is_noticed(log: SampleLog) -> None:
    before = unpack(log.bundle())
    _, events, documents = erased(log, documents=True)
    with pytest.raises(BadBundle, match="erased"):
        log.bundle(events=events)
    files = unpack(log.bundle(events=events, documents=documents))
    mail = next(name for name in before if name.startswith("mail/"))
    report = verify(sealed_again({**files, mail: before[mail]}, log.key), at=None, pins=log.pins)
    assert "still here" in failed(report)["documents"]


def test_a_changed_value_does_not_open_its_commitment(log: SampleLog) -> None:
    files = unpack(log.bundle())
    name = "personal/000000006.json"
    forged = {**files, name: files[name].replace("Žďárská".encode(), "Novotná".encode())}
    report = verify(sealed_again(forged, log.key), at=None, pins=log.pins)
    assert failed(report) == {"personal values": f"{name}: the name is not the one that was logged."}


def test_an_erasure_names_what_and_why(log: SampleLog) -> None:
    with pytest.raises(BadEntry, match="at least one"):
        Erasure().record("reason")
    with pytest.raises(BadEntry, match="reason"):
        Erasure({3: ["name"]}).record("")
    with pytest.raises(BadEntry, match="SHA-256"):
        Erasure(documents=["x"]).record("reason")
    assert Erasure({3: ["b", "a"]}, ["0" * 64]).record("why") == {
        "erased": {"documents": ["0" * 64], "personal": [{"fields": ["a", "b"], "seq": 3}]},
        "reason": "why",
    }
