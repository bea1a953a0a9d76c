"""The comparison of the books finds what is wrong; each test doctors one of them."""

from datetime import UTC, datetime, timedelta

import pytest

from novation.rehearsal import reconcile
from novation.rehearsal.ground_truth_log import Act
from novation.rehearsal.mailbox import ReceivedMail
from novation.rehearsal.reconcile import RecordedDecision

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
ONE, TWO = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"


def entry(
    operation: str, *, customer: str | None = ONE, actor: str = "customer", **more: object
) -> dict[str, object]:
    return {
        "operation": operation, "method": "ACT", "customer": customer, "actor": actor, "account": None,
        "at": NOON.isoformat().replace("+00:00", "Z"), "effect": "changed", "requestId": None, "detail": None, **more,
    }  # fmt: skip


def mandate(
    at: datetime = NOON - timedelta(days=1), lasts: timedelta = timedelta(days=91)
) -> RecordedDecision:
    return RecordedDecision(ONE, "mandate", at, at + lasts)


GAVE = Act(NOON - timedelta(days=1), ONE, "customer", "mandate")
WORKED = Act(NOON, ONE, "operator", "relationship")


def test_a_mandate_that_the_customer_gave_and_an_operator_used_is_in_order() -> None:
    call_record = [entry("accept-relationship", actor="operator")]
    assert reconcile.find_consents_without_act([mandate()], call_record, [GAVE, WORKED]) == []


def test_a_mandate_in_our_record_that_nobody_gave_is_found() -> None:
    assert len(reconcile.find_consents_without_act([mandate()], [], [])) == 1


def test_an_acceptance_that_nobody_did_is_found() -> None:
    call_record = [entry("accept-relationship", actor="operator")]
    assert len(reconcile.find_consents_without_act([mandate()], call_record, [GAVE])) == 1


@pytest.mark.parametrize(
    "decided",
    [
        [],
        [mandate(at=NOON + timedelta(hours=1))],
        [mandate(lasts=timedelta(hours=1))],
        [mandate(), RecordedDecision(ONE, "withdrawn", NOON - timedelta(hours=1))],
        [mandate(), RecordedDecision(ONE, "self", NOON - timedelta(hours=1))],
    ],
    ids=["never given", "given later", "run out", "taken back", "changed to self"],
)
def test_an_operator_without_a_valid_mandate_is_found(decided: list[RecordedDecision]) -> None:
    acts = [GAVE, WORKED, Act(NOON, ONE, "customer", "self")]
    found = reconcile.find_consents_without_act(
        decided, [entry("accept-relationship", actor="operator")], acts
    )
    assert any("without a valid mandate" in sentence for sentence in found)


def test_the_agreement_is_never_an_operators_to_accept() -> None:
    acts = [GAVE, Act(NOON, ONE, "operator", "agreement", "abc")]
    call_record = [
        entry("accept-attestation", customer=None, actor="operator", detail="attestation: abc; company: X")
    ]
    assert len(reconcile.find_consents_without_act([mandate()], call_record, acts)) == 1


def test_an_agreement_belongs_to_the_customer_who_opened_its_link() -> None:
    call_record = [
        entry("accept-attestation", customer=None, detail="attestation: abc; company: X; person: a@b.c")
    ]
    accepted = Act(NOON, ONE, "customer", "agreement", "abc")
    assert reconcile.find_consents_without_act([], call_record, [accepted]) == []
    other = Act(NOON, ONE, "customer", "agreement", "another")
    assert len(reconcile.find_consents_without_act([], call_record, [other])) == 1


def mail(to: str, text: str, reference: str = "SEV-0001-0001") -> ReceivedMail:
    return ReceivedMail(to=to, reference=reference, purpose="announcement", link="", code="", text=text)


OWNERS = {"jan@one.example": "SEV-0001-0001", "eva@two.example": "SEV-0002-0002"}
NAMES = {"SEV-0001-0001": "Müller & Söhne GmbH", "SEV-0002-0002": "Plzeňská pekárna s.r.o."}


def test_a_letter_about_its_reader_is_in_order() -> None:
    good = mail("jan@one.example", "Müller & Söhne GmbH, your reference SEV-0001-0001")
    assert reconcile.find_wrong_recipients([good], OWNERS, NAMES) == []


@pytest.mark.parametrize(
    "bad",
    [
        mail("jan@one.example", "your reference SEV-0002-0002"),
        mail("jan@one.example", "Dear Plzeňská pekárna s.r.o., SEV-0001-0001"),
        mail("eva@two.example", "SEV-0001-0001"),
        mail("stranger@else.example", "SEV-0001-0001"),
        mail("jan@one.example", "SEV-0001-0001", reference="SEV-0002-0002"),
    ],
    ids=["another reference", "another name", "another's letter", "a stranger", "another header"],
)
def test_a_letter_about_somebody_else_is_found(bad: ReceivedMail) -> None:
    assert len(reconcile.find_wrong_recipients([bad], OWNERS, NAMES)) == 1


def write(request: str, effect: str = "created") -> dict[str, object]:
    return {
        "operation": "create transfer", "method": "POST", "account": "target", "requestId": request, "effect": effect,
    }  # fmt: skip


def test_an_effect_that_no_intent_explains_is_found() -> None:
    call_record = [write("a"), write("b"), write("c", effect="none")]
    assert len(reconcile.find_unexplained_writes(call_record, {"a"})) == 1
    assert reconcile.find_unexplained_writes(call_record, {"a", "b"}) == []


def test_an_intent_held_for_done_without_a_trace_on_the_other_side_is_found() -> None:
    assert reconcile.find_missing_effects([write("a")], {"a": "create-transfer", "b": "create-transfer"}) == [
        "create-transfer, request b"
    ]
