"""An entry: canonical bytes, commitments instead of personal values, and clear refusals."""

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as some

from novation.evidence.canonical import canonical
from novation.evidence.chain import EMPTY_HEAD, extend_chain
from novation.evidence.entry import Entry, commitment, make_entry
from novation.evidence.errors import BadEntry
from novation.evidence.tags import Tag
from novation.evidence.verifier.forms import canonical_json

GOOD = {
    "seq": 0,
    "at": datetime(2026, 11, 20, 10, 20, tzinfo=UTC),
    "tag": Tag.DECISION_MANDATE,
    "subject": "SEV-4821-7306",
    "actor": "customer",
    "data": {"level": "A1"},
    "personal": {"name": "Jana Žďárská", "ip": "192.0.2.7"},
    "salt": bytes(16),
    "number": 1,
    "before": EMPTY_HEAD,
}


def entry(**changes: object) -> Entry:
    return make_entry(**(GOOD | changes))  # type: ignore[arg-type]  # tests pass wrong values on purpose


def test_the_same_values_always_give_the_same_bytes() -> None:
    assert entry().body == entry().body
    assert entry(data={"b": 1, "a": 2}).body == entry(data={"a": 2, "b": 1}).body


def test_the_leaf_is_the_rfc_6962_hash_of_the_body() -> None:
    made = entry()
    assert made.leaf == hashlib.sha256(b"\x00" + made.body).digest()


def test_a_personal_value_never_stands_in_the_body() -> None:
    made = entry()
    assert "Žďárská" not in made.body.decode()
    assert "192.0.2.7" not in made.body.decode()
    for name, opening in made.personal.items():
        assert json.loads(made.body)["personal"][name] == commitment(opening)


def test_the_salt_in_the_body_opens_no_commitment() -> None:
    says = json.loads(entry().body)
    guess = hashlib.sha256(bytes.fromhex(says["salt"]) + "Jana Žďárská".encode()).hexdigest()
    assert guess != says["personal"]["name"]
    assert len({says["salt"], *(one["salt"] for one in entry().personal.values())}) == 3


def test_the_personal_values_stay_out_of_the_repr() -> None:
    assert "Jana" not in repr(entry())


def test_times_are_written_in_utc_whatever_their_zone() -> None:
    prague = datetime(2026, 11, 20, 11, 20, tzinfo=timezone(timedelta(hours=1)))
    assert entry(at=prague).body == entry().body
    assert json.loads(entry().body)["at"] == "2026-11-20T10:20:00.000000Z"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"data": {"price": 1.5}}, "value.data.price: a float"),
        ({"data": {"id": 2**53}}, "beyond 2^53-1"),
        ({"data": {"when": datetime(2026, 1, 1, tzinfo=UTC)}}, "datetime is not a JSON value"),
        ({"data": {1: "a"}}, "the key 1 is not text"),
        ({"data": {"a": "\ud800"}}, "lone surrogate"),
        ({"data": {"documents": ["ab"]}}, "documents"),
        ({"data": {"documents": ["0" * 64, "0" * 64]}}, "documents"),
        ({"at": datetime(2026, 1, 1)}, "without a zone"),  # noqa: DTZ001 (the naive time is what is tested)
        ({"actor": "jana@example.org"}, "not an e-mail"),
        ({"actor": ""}, "actor"),
        ({"subject": "../x"}, "subject"),
        ({"salt": b"short"}, "16 bytes"),
        ({"number": 2}, "EMPTY_HEAD"),
        ({"before": bytes([1]) * 32}, "EMPTY_HEAD"),
        ({"personal": {"Name": "x"}}, "lower-case"),
        ({"personal": {"name": 7}}, "must be text"),
        ({"seq": -1}, "seq"),
    ],
)
def test_what_cannot_be_evidence_is_refused_with_a_sentence(
    changes: dict[str, object], sentence: str
) -> None:
    with pytest.raises(BadEntry, match=sentence.replace("^", r"\^").replace(".", r"\.")):
        entry(**changes)


def test_nesting_without_end_is_refused() -> None:
    deep: dict[str, object] = {}
    for _ in range(40):
        deep = {"in": deep}
    with pytest.raises(BadEntry, match="nested deeper"):
        entry(data=deep)


json_values = some.recursive(
    some.none() | some.booleans() | some.integers(-(2**53) + 1, 2**53 - 1) | some.text(),
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(), inner, max_size=4),
    max_leaves=12,
)


@given(json_values)
def test_writer_and_verifier_agree_on_the_canonical_form(value: object) -> None:
    """They share no code: `rfc8785` writes, the verifier's own function reads."""
    assert canonical(value) == canonical_json(value)


def test_keys_are_ordered_by_utf_16_units() -> None:
    assert canonical({"\ue000": 1, "\U00010000": 2}) == '{"\U00010000":2,"\ue000":1}'.encode()
    assert canonical_json({"\ue000": 1, "\U00010000": 2}) == '{"\U00010000":2,"\ue000":1}'.encode()


def test_a_chain_link_depends_on_head_and_leaf() -> None:
    first = extend_chain(EMPTY_HEAD, bytes([1]) * 32)
    assert first == hashlib.sha256(b"\x02" + EMPTY_HEAD + bytes([1]) * 32).digest()
    assert len({first, extend_chain(EMPTY_HEAD, bytes([2]) * 32), extend_chain(first, bytes([1]) * 32)}) == 3
    with pytest.raises(ValueError, match="32 bytes"):
        extend_chain(EMPTY_HEAD, b"short")


def test_every_tag_is_subject_and_action_with_a_definition() -> None:
    from pathlib import Path

    from novation.evidence import tags

    lines = Path(tags.__file__).read_text(encoding="utf-8").splitlines()
    members = [line for line in lines if line.startswith("    ") and " = " in line]
    assert len(members) == len(Tag)
    for line, tag in zip(members, Tag, strict=True):
        assert line.rpartition("# ")[2].strip(), line
        subject, _, action = tag.partition(":")
        assert subject and action and tag.name == f"{subject}_{action}".upper().replace("-", "_")
