"""The harness says what keeps an engine from coming to rest."""

import uuid
from datetime import timedelta

import pytest

from novation.domain.steps import StepKind
from novation.engine.work import Work
from tests.engine import rehearsal
from tests.engine.rehearsal import Emulator, Rehearsal


@pytest.fixture
def restless(house: Rehearsal, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> str:
    """An engine that never rests: it begins the same reading again and again. The reference of its customer."""
    (move,) = house.take_in(*emulator.sow(1, 1))
    now = house.clock.now()
    work = Work(
        move=move.pk, fence=1, lease_until=now + timedelta(minutes=5), kind=StepKind.READ_INVITATION,
        tenant=move.customer.tenant_id, accounts={}, step=None, request_id=uuid.uuid4(), correlation_id=uuid.uuid4(),
    )  # fmt: skip

    async def turn() -> bool:
        house.engine.finished.clear()
        house.engine._begin([work])
        return True

    monkeypatch.setattr(house.engine, "_turn", turn)
    return move.reference


def test_a_step_that_repeats_is_named_with_its_customer(house: Rehearsal, restless: str) -> None:
    times = rehearsal.SAME_STEP + 1
    with pytest.raises(AssertionError) as failed:
        house.idle()
    assert str(failed.value) == f"no rest: same step read-invitation {times} times for customer {restless}"


def test_an_engine_that_takes_too_long_says_what_it_did(
    house: Rehearsal, restless: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rehearsal, "REST_SECONDS", 0.0)
    with pytest.raises(
        AssertionError, match=f"no rest: same step read-invitation 1 times for customer {restless}"
    ):
        house.idle()


def test_an_engine_that_comes_to_rest_is_no_failure(house: Rehearsal, emulator: Emulator) -> None:
    (move,) = house.take_in(*emulator.sow(1, 1))
    house.idle()
    assert house.engine.begun[move.pk, StepKind.READ_BASELINE] == 1
