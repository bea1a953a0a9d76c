"""Who may open what, and who may do what. The tables below are made from the addresses, so none is forgotten."""

import json
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import Client
from django.urls import URLPattern

from novation.console import urls
from novation.evidence.tags import Tag
from novation.evidencelog.models import Event
from novation.moves.models import Move, SignedDocument, Wave
from novation.operations.models import Task
from tests.console.conftest import Browser
from tests.console.portfolio import PASSWORD, Portfolio

#: Which right each act needs, by the name of its address; every other address is a page.
ACTS = {
    "keep": "see",
    "wave_new": "steer",
    "pause_many": "steer",
    "resume_many": "steer",
    "bulk_option": "see",
    "bulk_confirm": "see",
    "bulk_go_on": "see",
    "export": "export",
    "pause": "steer",
    "resume": "steer",
    "customer_answer": "work",
    "agreement_renew": "work",
    "agreement_many": "steer",
    "link_close": "work",
    "link_send": "work",
    "link_code": "work",
    "task_take": "work",
    "task_release": "work",
    "task_extend": "work",
    "task_tenant": "work",
    "task_approve": "approve",
    "task_end": "work",
    "task_answer": "work",
    "task_admin": "work",
    "paper_upload": "work",
    "paper_approve": "approve",
    "paper_refuse": "approve",
    "signatory": "work",
    "turn_back": "steer",
    "ask_access": "work",
    "choose": "work",
    "judge": "work",
    "bundle": "export",
    "bundles": "export",
    "takeout_new": "export",
    "verify": "see",
    "erase": "erase",
    "readiness_csv": "export",
    "readiness_pdf": "export",
    "wave_launch": "steer",
    "wave_pause": "steer",
    "wave_resume": "steer",
    "wave_approve": "approve",
    "text_language": "steer",
    "text_save": "steer",
    "text_publish": "approve",
    "text_withdraw": "approve",
    "mail_check": "steer",
    "mail_letter": "work",
    "mail_posted": "work",
    "mail_test": "steer",
    "mail_seen": "steer",
    "mail_handled": "work",
    "programme_pause": "steer",
    "programme_resume": "steer",
}
MAY = {
    "viewer": {"see"},
    "operator": {"see", "work", "steer", "export"},
    "approver": {"see", "approve"},
    "admin": {"see", "work", "approve", "steer", "export", "erase"},
    "nobody": set(),
}


def place(pattern: URLPattern, built: Portfolio) -> str:
    """The address with the ids of rows that exist."""
    path = str(pattern.pattern)
    row = Task.objects.first() if "task" in str(pattern.name) else built.waves[0]
    assert row is not None
    path = path.replace("<uuid:pk>", "00000000-0000-4000-8000-000000000000")
    path = path.replace("<int:pk>", str(row.pk)).replace("<slug:reference>", built.moves[3].reference)
    person = built.moves[3].customer.contacts.first()
    path = path.replace("<int:contact_id>", str(person.pk if person else 0))
    path = path.replace("<int:paper_id>", "0")
    path = path.replace("<slug:purpose>", "announcement").replace("<slug:language>", "en")
    path = path.replace("<int:seq>", str(Event.objects.values_list("seq", flat=True)[0]))
    return "/console/" + path.replace("<str:sha256>", "0" * 64)


def counts() -> tuple[object, ...]:
    """What would show that something was changed."""
    return (
        Event.objects.count(),
        list(Task.objects.order_by("pk").values_list("state", "holder_id", "lease_until")),
        list(Move.objects.order_by("pk").values_list("paused", "wave_id", "decision_state")),
        list(SignedDocument.objects.values_list("state", flat=True)),
        list(Wave.objects.order_by("pk").values_list("state", flat=True)),
    )


def test_a_stranger_is_sent_to_the_sign_in_from_every_address(built: Portfolio) -> None:
    before = counts()
    for pattern in urls.urlpatterns:
        for method in ("get", "post"):
            answer = getattr(Client(), method)(place(pattern, built))
            wrong_method = method == "post" and pattern.name not in ACTS
            assert answer.status_code == (405 if wrong_method else 302), (pattern.name, method)
            if not wrong_method:
                assert answer["Location"].startswith("/accounts/login/?next=/console/"), pattern.name
    assert counts() == before


@pytest.mark.parametrize("who", MAY)
def test_each_role_is_refused_what_it_may_not_do(built: Portfolio, who: str) -> None:
    browser = Browser(built, who)
    before = counts()
    for pattern in urls.urlpatterns:
        right = ACTS.get(str(pattern.name), "see")
        if right in MAY[who]:
            continue
        method = browser.post if pattern.name in ACTS else browser.get
        answer = method(place(pattern, built))
        assert answer.status_code == 403, (who, pattern.name)
        assert b"Your role does not allow this" in answer.content
    assert counts() == before


def test_an_act_that_is_opened_by_its_address_leads_to_its_page(built: Portfolio) -> None:
    """A refused act answers at its own address; reloading it, or polling it, once showed the browser's 405."""
    browser = Browser(built, "admin")
    pages = {str(pattern.name): place(pattern, built) for pattern in urls.urlpatterns}
    task, wave, customer = pages["task"], pages["wave"], pages["customer"]
    expected = {
        "task_end": task,
        "task_approve": task,
        "wave_launch": wave,
        "pause": customer,
        "paper_approve": customer,
        "text_save": pages["text"],
        "mail_seen": pages["mail"],
        "pause_many": pages["customers"],
        "bulk_confirm": pages["bulk"],
        "judge": pages["findings"],
        "erase": pages["evidence"],
        "readiness_csv": pages["readiness"],
        "programme_pause": pages["home"],
    }
    assert {name: browser.get(pages[name])["Location"] for name in expected} == expected


def test_looking_at_pages_changes_nothing(built: Portfolio) -> None:
    browser = Browser(built, "admin")
    before = counts()
    for pattern in urls.urlpatterns:
        if pattern.name in ACTS:
            assert browser.get(place(pattern, built)).status_code == 303, pattern.name
        else:
            assert browser.get(place(pattern, built)).status_code in (200, 302, 404), pattern.name
            assert browser.head(place(pattern, built)).status_code in (200, 302, 404), pattern.name
    assert counts() == before


def test_an_act_without_the_token_of_our_form_is_refused(built: Portfolio) -> None:
    browser = Browser(built, "operator")
    browser.handler.enforce_csrf_checks = True
    before = counts()
    assert browser.post(f"/console/moves/{built.moves[3].reference}/pause").status_code == 403
    assert counts() == before


def test_a_sign_in_opens_the_console_and_is_an_event(built: Portfolio) -> None:
    browser = Client()
    answer = browser.post("/accounts/login/", {"login": "operator@partner.example", "password": PASSWORD})
    assert answer.status_code == 302
    assert browser.get("/console/").status_code == 200
    event = Event.objects.filter(tag=str(Tag.OPERATOR_SIGNED_IN)).latest("seq")
    assert event.actor == f"operator:{built.people['operator'].pk}"
    assert event.personal["address"]["value"] == "127.0.0.1"


def test_a_refused_sign_in_is_an_event_without_what_was_typed(built: Portfolio) -> None:
    typed = "hunter2 is my password"
    answer = Client().post("/accounts/login/", {"login": "operator@partner.example", "password": typed})
    assert answer.status_code == 200
    event = Event.objects.filter(tag=str(Tag.OPERATOR_REFUSED)).latest("seq")
    assert typed not in bytes(event.body).decode() + str(event.personal)


def test_a_changed_password_is_an_event_without_the_password(built: Portfolio) -> None:
    browser = Client()
    browser.post("/accounts/login/", {"login": "operator@partner.example", "password": PASSWORD})
    new = "quite another long password 7"
    fields = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert browser.post("/accounts/password/change/", fields).status_code == 302
    event = Event.objects.filter(tag=str(Tag.OPERATOR_CHANGED)).latest("seq")
    person = built.people["operator"].pk
    assert event.actor == f"operator:{person}"
    assert json.loads(bytes(event.body))["data"] == {"operator": person, "what": "password changed"}
    assert new not in bytes(event.body).decode() + str(event.personal)


def test_a_second_factor_and_a_wrong_code_for_it_are_events(
    built: Portfolio, django_capture_on_commit_callbacks: Any
) -> None:
    browser = Client()
    sign_in = {"login": "operator@partner.example", "password": PASSWORD}
    browser.post("/accounts/login/", sign_in)
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    browser.get("/accounts/2fa/totp/activate/")
    secret = browser.session["mfa.totp.secret"]
    counter = next(yield_hotp_counters_from_time())
    code = format_hotp_value(hotp_value(secret, counter))
    with django_capture_on_commit_callbacks(execute=True):
        browser.post("/accounts/2fa/totp/activate/", {"code": code})
    said = [json.loads(bytes(one.body))["data"].get("what", "") for one in Event.objects.order_by("seq")]
    assert "second factor added: totp" in said
    assert secret not in "".join(str(bytes(one.body)) + str(one.personal) for one in Event.objects.all())
    stranger = Client()
    stranger.post("/accounts/login/", sign_in)
    stranger.post("/accounts/2fa/authenticate/", {"code": "000000"})
    event = Event.objects.filter(tag=str(Tag.OPERATOR_REFUSED)).latest("seq")
    assert event.actor == f"operator:{built.people['operator'].pk}"
    assert json.loads(bytes(event.body))["data"] == {"what": "second factor"}


def test_nobody_can_register(built: Portfolio) -> None:
    stranger = Client()
    fields = {"email": "new@partner.example", "password1": PASSWORD}
    assert b"made by your administrator" in stranger.get("/accounts/signup/").content
    stranger.post("/accounts/signup/", fields)
    assert stranger.get("/console/").status_code == 302


def test_a_person_without_a_role_sees_no_customer(built: Portfolio) -> None:
    browser = Browser(built, "nobody")
    answer = browser.get("/console/customers/")
    assert answer.status_code == 403
    assert built.moves[0].customer.name not in answer.content.decode()
