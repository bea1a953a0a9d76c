"""Personal links in the console: closed, sent again, and a code read out; the address itself is never shown."""

import re

from novation.customers.models import Contact
from novation.evidence.tags import Tag
from novation.evidencelog.models import Event
from novation.notices import services as notices
from novation.notices.models import Link, Notice
from tests.console.conftest import Browser
from tests.console.portfolio import Portfolio
from tests.telling import NOW


def at(built: Portfolio, act: str) -> tuple[str, Contact]:
    move = built.moves[3]
    contact = move.customer.contacts.first()
    assert contact is not None
    return f"/console/moves/{move.reference}/people/{contact.pk}/{act}", contact


def test_a_link_is_closed_by_one_button_and_that_is_recorded(built: Portfolio) -> None:
    place, contact = at(built, "close")
    move = built.moves[3]
    _, url = notices.link_for(move, contact, now=NOW)
    browser = Browser(built, "operator")
    page = browser.get(f"/console/customers/{move.reference}/").content.decode()
    assert "Link open" in page and url.rpartition("/")[2] not in page
    assert browser.post(place).status_code == 303
    assert Link.objects.filter(move=move, revoked_at=None).count() == 0
    event = Event.objects.get(tag=Tag.LINK_REVOKED)
    assert event.actor == f"operator:{built.people['operator'].pk}"
    assert "Link closed" in browser.get(f"/console/customers/{move.reference}/").content.decode()


def test_a_link_is_mailed_again_to_the_address_on_file(built: Portfolio) -> None:
    place, contact = at(built, "send")
    browser = Browser(built, "operator")
    before = Notice.objects.count()
    assert browser.post(place).status_code == 303
    notice = Notice.objects.latest("pk")
    assert Notice.objects.count() == before + 1
    assert (notice.purpose, notice.contact) == ("link", contact)
    Contact.objects.filter(pk=contact.pk).update(state="bounced")
    assert browser.post(place).status_code == 422


def test_a_code_is_shown_once_to_whoever_calls(built: Portfolio) -> None:
    place, contact = at(built, "code")
    Contact.objects.filter(pk=contact.pk).update(phone="+420 541 000 123")
    browser = Browser(built, "operator")
    assert browser.post(place, {"spoke_with": ""}).status_code == 422
    answer = browser.post(place, {"spoke_with": "Jana"})
    assert answer.status_code == 200
    assert re.search(r"shown once: <span class=\"id\">\d{3} \d{3}</span>", answer.content.decode())
    page = browser.get(f"/console/customers/{built.moves[3].reference}/").content.decode()
    assert "shown once" not in page
    assert Event.objects.filter(tag=Tag.CODE_SENT, actor__startswith="operator:").count() == 1
