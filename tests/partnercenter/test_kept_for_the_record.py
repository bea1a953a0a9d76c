"""What a record keeps of requests and answers: bodies and ids, but nothing that lets its reader act in our name."""

from __future__ import annotations

import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from novation.partnercenter import Done, NotDone, record_reads, redaction
from tests.partnercenter.stand_in import CUSTOMER, Reply, StandIn, run

PATH = f"/v1/customers/{CUSTOMER}"
HEADERS = {"MS-RequestId": "theirs", "MS-CV": "cv.1", "request-id": "graph", "Set-Cookie": "secret=1"}


def test_a_write_keeps_both_bodies_and_the_ids_of_the_answer() -> None:
    script = StandIn()
    script.on("PATCH", PATH, Reply({"Id": CUSTOMER, "RelationshipToPartner": "none"}, headers=HEADERS))
    outcome = run(script, lambda pc: pc.customers.remove_relationship(CUSTOMER))
    assert isinstance(outcome, Done)
    assert outcome.exchange.sent == {
        "relationshipToPartner": "none",
        "attributes": {"objectType": "Customer"},
    }
    assert outcome.exchange.answered == {"Id": CUSTOMER, "RelationshipToPartner": "none"}
    assert outcome.exchange.answer_ids == {"ms-requestid": "theirs", "ms-cv": "cv.1", "request-id": "graph"}
    assert CUSTOMER not in repr(outcome.exchange).replace(PATH, "")


def test_a_refusal_keeps_what_was_said() -> None:
    script = StandIn()
    script.on("PATCH", PATH, Reply({"code": 3000, "description": "no"}, 400))
    outcome = run(script, lambda pc: pc.customers.remove_relationship(CUSTOMER))
    assert isinstance(outcome, NotDone)
    assert outcome.exchange is not None
    assert outcome.exchange.answered == {"code": 3000, "description": "no"}


def test_whoever_listens_hears_every_answered_read() -> None:
    script = StandIn()
    script.on("GET", PATH, Reply({"code": 0}, 500), Reply({"id": CUSTOMER}, headers=HEADERS))

    async def read(pc: Any) -> Any:
        with record_reads() as answers:
            await pc.customers.get(CUSTOMER)
        await pc.customers.get(CUSTOMER)  # nobody listens any more
        return answers

    answers = run(script, read)
    assert [(one.api_call, one.status) for one in answers] == [
        ("customers.get", 500),
        ("customers.get", 200),
    ]
    assert answers[1].answer_ids["ms-requestid"] == "theirs"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"userCredentials": {"userName": "admin", "password": "x"}}, {"userCredentials": "[not kept]"}),
        ({"passwordProfile": {"password": "x"}, "a": 1}, {"passwordProfile": "[not kept]", "a": 1}),
        ({"continuationToken": "abc"}, {"continuationToken": "[not kept]"}),
        ({"userCredentials": None}, {"userCredentials": None}),
        ([{"url": "https://u:p@host/a/b?sig=1#x"}], [{"url": "https://host/a/b?[not kept]"}]),
        ({"link": "https://host/a"}, {"link": "https://host/a"}),
        ({"price": 1.50, "big": 2**60}, {"price": "1.5", "big": str(2**60)}),
    ],
)
def test_secrets_are_left_out(body: Any, expected: Any) -> None:
    assert redaction.redact_body(json.dumps(body).encode()) == expected


def test_what_is_no_json_and_what_is_too_large() -> None:
    assert redaction.redact_body(None) is None
    assert redaction.redact_body(b"") is None
    assert redaction.redact_body(b"<html>\xff") == "<html>\ufffd"
    assert redaction.redact_body(b" " * 70_000) == {"bytes": 70_000, "note": "too large to be kept"}


@given(
    st.one_of(
        st.binary(max_size=200),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        ).map(lambda value: json.dumps(value).encode()),
    )
)
def test_whatever_comes_has_a_canonical_form(body: bytes) -> None:
    rfc8785.dumps(redaction.redact_body(body))
