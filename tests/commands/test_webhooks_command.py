"""Registering our pages with Microsoft: once, for what is of use, on record, and never over somebody else's."""

import asyncio
import json
from typing import Any

import pytest
from django.conf import settings

from novation.engine import webhook_registration
from novation.engine.accounts import open_account
from novation.evidencelog.models import Event
from novation.partnercenter import PartnerCenter
from novation.partnercenter.outcomes import Done, Unknown
from novation.partnercenter.webhooks import Webhooks
from tests.commands.conftest import Run

PUBLIC = "https://move.severka.example"


@pytest.fixture
def public(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "NOVATION_PUBLIC_URL", PUBLIC)


def on_record() -> list[dict[str, Any]]:
    bodies = Event.objects.filter(tag="setting:changed").order_by("seq").values_list("body", flat=True)
    said = [json.loads(bytes(body))["data"] for body in bodies]
    return [one for one in said if "webhooks" in str(one.get("what"))]


def test_both_accounts_report_to_pages_of_their_own(connected: Run, public: None) -> None:
    code, out, _ = connected("webhooks")
    assert code == 0
    for role in ("source", "target"):
        assert f"The {role} account reports now to {PUBLIC}/hooks/partner-center/{role}/" in out
    assert "reseller-relationship-accepted-by-customer" in out
    assert "invoice-ready" not in out, "what is of no use is not asked for"
    first, second = on_record()[:2]
    assert first["what"] == "webhooks of the source account"
    assert second["values"] == {"request_id": first["values"]["request_id"], "outcome": "done"}


def test_what_is_registered_already_is_left_alone(connected: Run, public: None) -> None:
    connected("webhooks", "--account", "target")
    before = len(on_record())
    code, out, _ = connected("webhooks", "--account", "target")
    assert (code, "reports already" in out) == (0, True)
    assert len(on_record()) == before


def test_another_address_stays_unless_it_is_to_be_replaced(
    connected: Run, public: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected("webhooks", "--account", "source")
    monkeypatch.setattr(settings, "NOVATION_PUBLIC_URL", "https://elsewhere.severka.example")
    before = len(on_record())
    code, _, err = connected("webhooks", "--account", "source")
    assert code == 2
    assert f"reports to {PUBLIC}/hooks/partner-center/source/ already" in err
    assert len(on_record()) == before
    code, out, _ = connected("webhooks", "--account", "source", "--replace")
    assert (code, f"(before: {PUBLIC}" in out) == (0, True)


@pytest.mark.parametrize(
    "address", ["http://move.severka.example", "https://127.0.0.1", "https://10.1.2.3", "https://localhost"]
)
def test_an_address_that_microsoft_cannot_reach_is_refused(
    connected: Run, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr(settings, "NOVATION_PUBLIC_URL", address)
    code, _, err = connected("webhooks")
    assert code == 2
    assert "NOVATION_PUBLIC_URL" in err and "--anyway" in err
    assert on_record() == []


@pytest.mark.parametrize("arrived", [True, False])
def test_a_call_whose_answer_was_lost_is_looked_up_and_not_repeated(
    connected: Run, public: None, monkeypatch: pytest.MonkeyPatch, arrived: bool
) -> None:
    real, sent = Webhooks.register, []

    async def lost(self: Webhooks, *args: Any, **kwargs: Any) -> Unknown:
        sent.append(args)
        if arrived:
            assert isinstance(await real(self, *args, **kwargs), Done)
        return Unknown(TimeoutError("no answer"))

    monkeypatch.setattr(Webhooks, "register", lost)
    code, out, err = connected("webhooks", "--account", "source")
    assert len(sent) == 1
    assert on_record()[-1]["values"]["outcome"] == ("done" if arrived else "unknown")
    if arrived:
        assert (code, "reports now" in out) == (0, True)
    else:
        assert (code, "run this again" in err) == (2, True)


def test_events_of_transfers_are_taken_under_whatever_names_they_have() -> None:
    offered = [
        "invoice-ready",
        "complete-transfer",
        "expire-transfer",
        "referral-created",
        "subscription-updated",
    ]
    assert webhook_registration.chosen(offered) == (
        "complete-transfer",
        "expire-transfer",
        "subscription-updated",
    )


def test_events_that_somebody_added_to_our_page_stay(connected: Run, public: None) -> None:
    url = f"{PUBLIC}/hooks/partner-center/source/"

    asyncio.run(_registered(open_account("source"), url))
    code, out, _ = connected("webhooks", "--account", "source")
    assert (code, "invoice-ready" in out, "subscription-updated" in out) == (0, True, True)


async def _registered(account: PartnerCenter, url: str) -> None:
    async with account:
        assert isinstance(await account.webhooks.register(url, ["invoice-ready"]), Done)
