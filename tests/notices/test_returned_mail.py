"""What comes back is put into the right class, and finds the mail that it speaks of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from novation.notices.inbound.bounces import Kind, read
from tests.notices.returned_mail import OUR_ID, SAMPLES, dsn, reply


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_lands_in_its_class(name: str) -> None:
    raw, expected = SAMPLES[name]
    report = read(raw)
    assert report.kind is expected, report


def test_there_are_at_least_a_hundred_samples() -> None:
    assert len(SAMPLES) >= 100


@pytest.mark.parametrize("name", [n for n in SAMPLES if OUR_ID.encode() in SAMPLES[n][0]])
def test_the_mail_it_speaks_of_is_found(name: str) -> None:
    report = read(SAMPLES[name][0])
    assert report.message_id == OUR_ID
    assert report.reference == "SEV-4821-0042"


def test_the_reference_in_the_subject_is_enough() -> None:
    raw = b"From: jana@strojirny.example\nSubject: AW: Microsoft 365 (SEV-4821-0042)\n\nHello?\n"
    assert read(raw).reference == "SEV-4821-0042"


def test_a_reply_is_cut_above_the_quotation() -> None:
    report = read(SAMPLES["who are you"][0])
    assert report.text == "Who are you? I know nothing of this."


def test_our_own_words_in_the_returned_copy_decide_nothing() -> None:
    raw = dsn("Delivered.", status="2.0.0", action="delivered").replace(
        b"Auto-Submitted: auto-generated", b"X-Note: user unknown, mailbox full"
    )
    assert read(raw).kind is Kind.DELIVERED


def test_the_failure_counts_when_another_recipient_was_reached() -> None:
    raw = dsn("Partly.", status="5.1.1", diagnostic="550 5.1.1 User unknown").replace(
        b"Final-Recipient: rfc822; jana",
        b"Final-Recipient: rfc822; x@y.example\nAction: delivered\nStatus: 2.0.0\n\nFinal-Recipient: rfc822; jana",
    )
    assert read(raw).kind is Kind.BOUNCED


@given(st.binary(max_size=2000))
def test_no_bytes_make_it_fail(raw: bytes) -> None:
    assert isinstance(read(raw).kind, Kind)


@given(
    st.text(max_size=500), st.text(alphabet=st.characters(blacklist_categories=["Cc", "Cs"]), max_size=100)
)
def test_no_reply_is_taken_for_a_delivery(body: str, subject: str) -> None:
    report = read(reply(body.replace("\r", "\n"), subject=subject))
    assert report.kind is not Kind.DELIVERED and report.kind is not Kind.BOUNCED
