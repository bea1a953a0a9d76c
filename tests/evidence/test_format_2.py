"""What format 2 brought: the customer as subject, context, contact origins, authenticators, vouched since."""

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from novation.evidence.bundle import BundleCheckpoint
from novation.evidence.canonical import canonical
from novation.evidence.chain import EMPTY_HEAD, extend_chain
from novation.evidence.contact_origin import ContactOrigin
from novation.evidence.entry import Entry, make_entry
from novation.evidence.errors import BadBundle, BadEntry
from novation.evidence.note import Checkpoint
from novation.evidence.tags import Tag
from novation.evidence.tree import Tree, leaf_hash
from novation.evidence.verifier.archive import unpack
from novation.evidence.verify import Check, OpenSSL, Pins, Report, verify
from tests.evidence.auth_keys import Key
from tests.evidence.forging import sealed_again
from tests.evidence.sample_log import ALPHA, IMPORTED, ORIGIN, START, SampleLog, sample_log
from tests.evidence.stamped_log import SERVICES, full_log, full_pins, stamped

WEB, ENGINE = Key("ed25519", "web-1"), Key("hmac-sha256", "engine-1")
CHAINS = {name: service.chain for name, service in SERVICES.items()}


def check(report: Report, name: str) -> Check:
    return next(one for one in report.checks if one.name == name)


def failures(report: Report) -> dict[str, str]:
    return {one.name: one.reason for one in report.checks if one.verdict == "FAIL"}


def relogged(log: SampleLog, change: Callable[[int, dict[str, Any]], None]) -> SampleLog:
    """The log as its owner can write it anew: entries changed, chained, hashed and signed, without any stamp."""
    heads: dict[str, bytes] = {}
    entries = []
    for seq, (subject, entry) in enumerate(log.entries):
        fields = json.loads(entry.body) | {"before": heads.get(subject, EMPTY_HEAD).hex()}
        change(seq, fields)
        body = canonical(fields)
        heads[subject] = extend_chain(heads.get(subject, EMPTY_HEAD), leaf_hash(body))
        entries.append((subject, Entry(body, leaf_hash(body), entry.personal)))
    log.entries, log.tree, log.checkpoints = entries, Tree(entry.leaf for _, entry in entries), []
    log.checkpoint()
    return log


def test_the_bytes_of_an_entry_are_frozen() -> None:
    """Bundles live for years: whoever changes this test makes format 3."""
    made = make_entry(
        seq=7,
        at=datetime(2026, 12, 1, 9, 30, tzinfo=UTC),
        tag=Tag.DECISION_MANDATE,
        subject="K-4821-7306",
        actor="customer",
        data={"level": "A1", "contact_origin": ContactOrigin("import", START).as_data()},
        personal={"name": "Jana Žďárská"},
        salt=bytes(range(16)),
        number=1,
        before=EMPTY_HEAD,
        context={"move": "SEV-4821-7306", "operation": "O-9"},
        authenticator=WEB,
    )
    fields = json.loads(made.body)
    assert sorted(fields) == [
        "actor", "at", "auth", "before", "context", "data", "number", "personal", "salt", "seq", "subject", "tag", "v",
    ]  # fmt: skip
    assert fields["v"] == 2
    assert (
        hashlib.sha256(made.body).hexdigest()
        == "db19c587bc451529e13c3c8c64b4dc0929dafefe6e4e29d75757fd088219ae4c"
    )
    covered = b"novation.evidence/auth@v2\n" + canonical({k: v for k, v in fields.items() if k != "auth"})
    assert fields["auth"] == {"alg": "ed25519", "key_id": "web-1", "value": WEB.authenticate(covered).hex()}
    assert made.leaf == hashlib.sha256(b"\0" + made.body).digest()


def test_the_description_of_a_bundle_says_its_format(bundle: bytes) -> None:
    description = json.loads(unpack(bundle)["bundle.json"])
    assert sorted(description) == [
        "events", "head", "issued", "issuer", "language", "origin", "reference", "size", "v",
    ]  # fmt: skip
    assert description["v"] == 2
    assert verify(bundle, at=None, pins=Pins()).format == 2


def test_a_customer_with_two_moves_or_none_has_one_chain_and_one_bundle() -> None:
    log = sample_log()
    log.add(Tag.MOVE_REVERSED, ALPHA, context={"move": f"{ALPHA}-M2"})
    log.add(Tag.MOVE_CREATED, ALPHA, context={"move": f"{ALPHA}-M2"})
    log.add(Tag.SETTING_CHANGED, "PANEL-ONLY", context={"operation": "O-1"})
    log.add(Tag.SETTING_CHANGED, "PANEL-ONLY", context={})
    log.checkpoint()
    for subject in (ALPHA, "PANEL-ONLY"):
        assert failures(verify(log.bundle(subject), at=None, pins=log.pins)) == {}
    moves = {json.loads(event.body)["context"]["move"] for event in log.events(ALPHA)}
    assert moves == {f"{ALPHA}-M1", f"{ALPHA}-M2"}
    assert "context" not in json.loads(log.events("PANEL-ONLY")[1].body)


MALFORMED: list[tuple[str, Any, str]] = [
    ("context", {"wave": "3"}, "not a move or an operation"),
    ("context", {}, "not a move or an operation"),
    ("context", {"move": "Jana Nováková"}, "malformed reference"),
    ("context", {"move": 7}, "not a text"),
    ("context", "M-1", "not an object"),
    ("contact_origin", None, "not an object"),
    ("contact_origin", {"added_by": "import"}, "other keys"),
    ("contact_origin", IMPORTED | {"name": "Jana"}, "other keys"),
    ("contact_origin", IMPORTED | {"added_by": "jana@example.org"}, "more than a pseudonym"),
    ("contact_origin", IMPORTED | {"added_by": "Jana Nováková"}, "more than a pseudonym"),
    ("contact_origin", IMPORTED | {"approved_by": "import"}, "approved by whoever added it"),
    ("contact_origin", IMPORTED | {"source": "Excel of Petr"}, "malformed source"),
    ("contact_origin", IMPORTED | {"added_at": "2026-11-07"}, "not a time"),
    ("contact_origin", IMPORTED | {"added_at": "2027-01-01T00:00:00.000000Z"}, "after the act"),
    ("contact_origin", IMPORTED | {"approved_at": "2027-01-01T00:00:00.000000Z"}, "after the act"),
    (
        "contact_origin",
        {key: value for key, value in IMPORTED.items() if key != "approved_by"},
        "approved by nobody",
    ),
    ("auth", {"alg": "ed25519", "key_id": "web-1"}, "other keys"),
    ("auth", {"alg": "ed25519", "key_id": "web 1", "value": "00" * 64}, "malformed algorithm or key"),
    ("auth", {"alg": "Ed25519", "key_id": "web-1", "value": "00" * 64}, "malformed algorithm or key"),
    ("auth", {"alg": "ed25519", "key_id": "web-1", "value": "00" * 63}, "malformed value"),
    ("auth", {"alg": "ed25519", "key_id": "web-1", "value": "AA" * 64}, "malformed value"),
    ("auth", {"alg": "es256", "key_id": "card", "value": "0" * 33}, "malformed value"),
    ("auth", None, "not an object"),
    ("actor", "Jana Nováková", "more than a pseudonym"),
    ("v", 1, "unknown version"),
    ("v", 3, "unknown version"),
    ("extra", 1, "other keys"),
]


@pytest.mark.parametrize(("part", "value", "sentence"), MALFORMED)
def test_a_malformed_part_is_refused_though_the_log_holds_it(part: str, value: Any, sentence: str) -> None:
    def change(seq: int, fields: dict[str, Any]) -> None:
        if seq == 6 and part == "contact_origin":
            fields["data"]["contact_origin"] = value
        elif seq == 6:
            fields[part] = value

    log = relogged(sample_log(), change)
    bodies = {f"events/{seq:09d}.json": entry.body for seq, (_, entry) in enumerate(log.entries)}
    if part == "v":
        with pytest.raises(BadBundle, match="is of format"):
            log.bundle()
        log.entries = sample_log().entries
    files = unpack(log.bundle())
    files |= {name: bodies[name] for name in files if name in bodies}
    reason = failures(verify(sealed_again(files, log.key), at=None, pins=log.pins)).get("events", "")
    assert reason.startswith("events/000000006.json"), reason
    assert sentence in reason


@pytest.mark.parametrize(
    ("part", "value", "sentence"),
    [one for one in MALFORMED if one[0] in ("context", "contact_origin") and one[1] != "M-1"],
)
def test_a_malformed_part_is_not_written(part: str, value: Any, sentence: str) -> None:
    given: dict[str, Any] = {"data": {part: value}} if part == "contact_origin" else {"context": value}
    if given.get("context") == {}:
        return  # the same as none
    with pytest.raises(BadEntry, match=sentence):
        make_entry(
            **{
                "seq": 0,
                "at": START,
                "tag": Tag.DECISION_SELF,
                "subject": ALPHA,
                "actor": "customer",
                "data": {},
            }
            | {"personal": None, "salt": bytes(16), "number": 1, "before": EMPTY_HEAD}
            | given
        )


def test_events_of_format_2_in_a_bundle_of_format_1_are_refused(bundle: bytes) -> None:
    log, files = sample_log(), unpack(bundle)
    for version, part in ((1, "events"), (3, "description"), (True, "description"), ("2", "description")):
        files["bundle.json"] = canonical(json.loads(files["bundle.json"]) | {"v": version})
        assert part in failures(verify(sealed_again(files, log.key), at=None, pins=log.pins))


def test_the_origin_of_contacts_is_told(bundle: bytes) -> None:
    found = check(verify(bundle, at=None, pins=Pins()), "contact origin")
    assert (found.verdict, found.reason) == (
        "PASS",
        "The contacts of 1 binding decisions: added by import from list:"
        + "3" * 64
        + " on 2026-11-07, approved "
        "by operator:9.",
    )


def test_a_decision_without_the_origin_of_its_contact_is_unknown(log: SampleLog) -> None:
    log.add(Tag.DECISION_WITHDRAWN, ALPHA, level="A1")
    log.add(Tag.DECISION_QUESTION, ALPHA)
    log.checkpoint()
    found = check(verify(log.bundle(), at=None, pins=log.pins), "contact origin")
    assert found.verdict == "UNKNOWN"
    assert "event 17 (decision:withdrawn)" in found.reason
    assert "event 18" not in found.reason


def authenticated(log: SampleLog) -> SampleLog:
    log.add(Tag.DECISION_SELF, ALPHA, authenticator=WEB, contact_origin=IMPORTED)
    log.add(Tag.MOVE_PAUSED, ALPHA, authenticator=ENGINE)
    log.checkpoint()
    return log


def authenticators(log: SampleLog, *pins: str) -> Check:
    report = verify(log.bundle(), at=None, pins=Pins(log=log.pins.log, auth=pins))
    return check(report, "authenticators")


def test_an_authenticator_is_checked_with_the_key_that_the_reader_knows(log: SampleLog) -> None:
    assert authenticators(log) == Check("authenticators", "PASS", "No event bears an authenticator.")
    authenticated(log)
    found = authenticators(log, WEB.pin, ENGINE.pin)
    assert (found.verdict, "none is borne by event 6 (decision:mandate)" in found.reason) == ("UNKNOWN", True)
    found = authenticators(log, WEB.pin)
    assert found.verdict == "UNKNOWN"
    assert found.reason == (
        "Not checked: you named no key for the authenticators of hmac-sha256 engine-1 (events 18)."
    )
    assert "ed25519 web-1 (events 17)" in authenticators(log).reason
    other = WEB.pin[:-1] + ("0" if WEB.pin[-1] != "0" else "1")
    assert authenticators(log, other, ENGINE.pin).verdict == "FAIL"


def test_a_bundle_whose_decisions_all_bear_one_passes() -> None:
    log = SampleLog()
    log.add(Tag.DECISION_SELF, ALPHA, authenticator=WEB, contact_origin=IMPORTED)
    log.add(Tag.MOVE_PAUSED, ALPHA, authenticator=ENGINE)
    log.add(Tag.MOVE_RESUMED, ALPHA)
    log.checkpoint()
    found = authenticators(log, WEB.pin, ENGINE.pin)
    assert (found.verdict, found.reason) == (
        "PASS",
        "The authenticators of 2 events hold for the keys that you know.",
    )
    report = verify(log.bundle(), at=None, pins=Pins(auth=(WEB.pin, ENGINE.pin)), tools=OpenSSL())
    assert check(report, "authenticators") == found


def test_an_algorithm_of_later_years_is_not_checked_and_not_wrong(log: SampleLog) -> None:
    log.add(Tag.DECISION_SELF, ALPHA, authenticator=Key("ml-dsa-44", "card"), contact_origin=IMPORTED)
    log.checkpoint()
    assert authenticators(log, WEB.pin).verdict == "UNKNOWN"


@pytest.mark.parametrize("forge", ["content", "place", "code from the public key"])
def test_who_owns_database_and_log_key_cannot_make_an_authenticator(log: SampleLog, forge: str) -> None:
    authenticated(log)
    signed = json.loads(log.entries[17][1].body)["auth"]
    public = bytes.fromhex(WEB.pin.split(" ")[2])

    def change(seq: int, fields: dict[str, Any]) -> None:
        if seq == 17 and forge == "content":
            fields["tag"] = "decision:mandate"
        if seq == 6 and forge == "place":
            fields["auth"] = signed
        if seq == 18 and forge == "code from the public key":
            del fields["auth"]
            code = hmac.new(public, b"novation.evidence/auth@v2\n" + canonical(fields), hashlib.sha256)
            fields["auth"] = {"alg": "hmac-sha256", "key_id": "web-1", "value": code.hexdigest()}

    found = authenticators(relogged(log, change), WEB.pin, ENGINE.pin)
    assert found.verdict == ("UNKNOWN" if forge.startswith("code") else "FAIL"), found.reason


@pytest.mark.parametrize(
    "pin", ["ed25519 web-1", "ed25519 web-1 00", "es256 web-1 " + "00" * 32, "ed25519 web-1 " + "zz" * 32]
)
def test_a_malformed_key_of_an_authenticator_is_said(pin: str) -> None:
    from novation.evidence.verify import read_pins

    assert read_pins(f"auth {WEB.pin}").auth == (WEB.pin,)
    with pytest.raises(ValueError):
        read_pins(f"auth {pin}")


def vouched(log: SampleLog, checkpoints: list[BundleCheckpoint], **changes: Any) -> Report:
    bundle = log.bundle(checkpoints=checkpoints, tsa_chains=CHAINS, **changes)
    return verify(bundle, at=None, pins=full_pins(log))


def test_each_event_is_vouched_for_since_the_first_stamp_that_covers_it() -> None:
    log, changes = full_log()
    report = verify(log.bundle(**changes), at=None, pins=full_pins(log))
    found = check(report, "vouched since")
    assert (found.verdict, found.reason) == (
        "PASS",
        "Event 6 (decision:mandate) is vouched for since 2026-11-16 12:47 UTC.",
    )
    told = {one["seq"]: one for one in report.as_json()["vouched_since"]}  # type: ignore[attr-defined]  # plain JSON
    assert told[6] == {
        "seq": 6,
        "tag": "decision:mandate",
        "at": "2026-11-16T12:44:00.000000Z",
        "since": "2026-11-16T12:47:00.000000Z",
        "by": ["alpha", "beta"],
    }
    assert len(told) == len(log.events(ALPHA))


def test_a_checkpoint_that_was_stamped_late_is_covered_by_a_later_one_that_was_not() -> None:
    log = sample_log()
    times = [Checkpoint.unchecked(one.note).at for one in log.checkpoints]
    late = [stamped(one.note, at + timedelta(days=3)) for one, at in zip(log.checkpoints, times, strict=True)]
    report = vouched(log, [*late[:-1], stamped(log.checkpoints[-1].note, times[-1])])
    assert {one.since for one in report.vouched} == {f"{times[-1]:%Y-%m-%dT%H:%M:%S}.000000Z"}


def test_an_event_that_no_stamp_covers_is_vouched_for_by_nobody(bundle: bytes) -> None:
    report = verify(bundle, at=None, pins=sample_log().pins)
    assert {one.since for one in report.vouched} == {None}
    assert "nobody outside vouches for it yet" in check(report, "vouched since").reason


def test_services_that_the_reader_does_not_know_vouch_for_nothing() -> None:
    log, changes = full_log()
    found = check(verify(log.bundle(**changes), at=None, pins=log.pins), "vouched since")
    assert (found.verdict, "that you did not name" in found.reason) == ("UNKNOWN", True)
    found = check(verify(log.bundle(**changes), at=None, pins=Pins(tsa=("0" * 64,))), "vouched since")
    assert (found.verdict, "could not be read" in found.reason) == ("UNKNOWN", True)


def test_history_that_the_owner_of_all_keys_wrote_anew_is_not_vouched_for() -> None:
    """A refusal becomes a mandate; old checkpoints are gone, the new one is honestly stamped, all pins are right."""

    def mandate(seq: int, fields: dict[str, Any]) -> None:
        if seq == 17:
            fields["tag"] = "decision:mandate"

    log = sample_log()
    log.add(Tag.DECISION_DECLINED, ALPHA, contact_origin=IMPORTED)
    claimed = log.at
    log.at += timedelta(days=16)
    relogged(log, mandate)
    note = log.checkpoints[-1].note
    at = Checkpoint.unchecked(note).at
    report = vouched(log, [stamped(note, at)], issued=at + timedelta(minutes=3))
    doubts = {one.name: one.reason for one in report.checks if one.verdict != "PASS"}
    assert set(doubts) == {"vouched since"}
    assert (
        f"Event 17 (decision:mandate) claims {claimed:%Y-%m-%d %H:%M} UTC; it is vouched for only since"
        in (doubts["vouched since"])
    )
    assert report.exit_code == 2


def test_the_origin_of_the_log_is_no_personal_value(log: SampleLog) -> None:
    """Neither context nor contact origin nor authenticator needs erasing."""
    authenticated(log)
    assert not {"contact_origin", "context", "auth"} & {
        name for _, entry in log.entries for name in entry.personal
    }
    assert ORIGIN in log.bundle().decode("latin-1")
