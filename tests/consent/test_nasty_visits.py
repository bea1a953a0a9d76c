"""Strangers, guessers, replays and odd input: a clear page, nothing recorded, nothing leaked."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from novation import clock
from novation.consent import rate_limits
from novation.consent.models import Attempt
from novation.customers.models import Contact
from novation.evidence.tags import Tag
from novation.evidencelog.models import Event
from novation.moves.models import Decision, Message, Move
from novation.notices import services
from novation.notices.models import Code, Link, Notice
from tests.consent.visitor import Visitor
from tests.telling import NOW, code_in, contact_of, deliver, make_move

pytestmark = pytest.mark.django_db

PAGES = ["/my/", "/my/decide/", "/my/ask/", "/my/withdraw/", "/my/receipt/", "/my/status/", "/my/agreement/"]
PAGES += ["/my/self/", f"/my/check/{uuid.UUID(int=7)}/"]


def asked(**details: Any) -> Move:
    return make_move(notice="sent", decision="asked", **details)


def nothing_recorded() -> bool:
    return not Decision.objects.exists() and not Message.objects.exists()


def refused(page: Any) -> bytes:
    assert page.status_code == 404
    return bytes(page.content)


def test_every_link_that_opens_nothing_gets_the_same_page(visitor: Visitor) -> None:
    move = asked()
    link, url = services.link_for(move, contact_of(move), now=NOW)
    good = url.rpartition("/")[2]
    wrong = ["x" * 43, "short", "a/b/../c", "%00", good[:-1], f"{good}x", "é" * 43, "q" * 5000]
    bodies = {refused(visitor.client.get(f"/r/{token}")) for token in wrong}
    services.revoke(link, now=NOW, actor="operator:1")
    bodies.add(refused(visitor.client.get(f"/r/{good}")))
    Link.objects.filter(pk=link.pk).update(revoked_at=None, expires_at=NOW)
    bodies.add(refused(visitor.client.get(f"/r/{good}")))
    bodies |= {refused(visitor.client.get(page)) for page in PAGES}
    visitor.client.cookies["my"] = "x" * 43
    bodies |= {refused(visitor.client.get(page)) for page in PAGES}
    assert len(bodies) == 1
    assert move.customer.name.encode() not in bodies.pop()


def test_a_link_stops_working_for_those_who_are_already_inside(visitor: Visitor) -> None:
    move = asked()
    visitor.arrive(move)
    services.revoke(Link.objects.get(), now=NOW, actor="operator:1")
    assert visitor.get("/my/decide/").status_code == 404


def test_somebody_who_guesses_links_is_no_longer_listened_to(visitor: Visitor) -> None:
    move = asked()
    for number in range(rate_limits.LIMITS["link"]):
        visitor.client.get(f"/r/{number:043d}")
    assert visitor.arrive(move).status_code == 404
    other = Visitor(visitor.sink)
    other.client.defaults["REMOTE_ADDR"] = "10.0.0.1"
    assert other.arrive(move).status_code == 200
    visitor.at = NOW + timedelta(minutes=11)
    clock.use_clock(clock.FixedClock(visitor.at))
    assert visitor.arrive(move).status_code == 200
    assert Attempt.objects.count() == 1


def test_a_stranger_with_the_link_and_no_code_records_nothing(visitor: Visitor) -> None:
    visitor.arrive(asked())
    visitor.choose(decision="mandate")
    right = visitor.code()
    for _ in range(5):
        page = visitor.confirm(code=f"{(int(right) + 1) % 1_000_000:06d}")
        assert page.status_code == 422
    assert "no longer works" in visitor.words()
    assert visitor.confirm(code=right).status_code == 422
    assert nothing_recorded()
    assert Event.objects.filter(tag=Tag.CODE_REFUSED).count() == 6


def test_without_asking_for_a_code_there_is_none_that_fits(visitor: Visitor) -> None:
    visitor.arrive(asked())
    visitor.choose(decision="self")
    assert visitor.confirm(code="000000").status_code == 422
    assert nothing_recorded()


def test_a_code_runs_out_and_a_newer_one_replaces_it(visitor: Visitor) -> None:
    visitor.arrive(asked())
    visitor.choose(decision="self")
    first = visitor.code()
    second = visitor.code()
    assert visitor.confirm(code=first).status_code == 422
    clock.use_clock(clock.FixedClock(NOW + timedelta(minutes=15)))
    assert visitor.confirm(code=second).status_code == 422
    assert nothing_recorded()


def test_a_code_is_used_up_by_one_decision(visitor: Visitor) -> None:
    visitor.arrive(asked())
    visitor.choose(decision="self")
    code = visitor.code()
    visitor.confirm(code=code)
    visitor.choose(decision="mandate")
    assert visitor.confirm(code=code).status_code == 422
    assert [d.kind for d in Decision.objects.all()] == ["self"]


def test_a_code_of_one_customer_is_worth_nothing_to_another(visitor: Visitor) -> None:
    visitor.arrive(asked())
    visitor.choose(decision="self")
    code = visitor.code()
    other = Visitor(visitor.sink)
    other.arrive(asked())
    other.choose(decision="self")
    other.code()
    assert other.confirm(code=code).status_code == 422
    assert nothing_recorded()


def test_codes_are_not_sent_without_end(visitor: Visitor) -> None:
    visitor.arrive(asked())
    visitor.choose(decision="self")
    for _ in range(5):
        visitor.code()
    assert visitor.submit(f"{visitor.address()}code/").status_code == 422
    assert "Several codes were sent already." in visitor.words()
    assert Code.objects.count() == 5


def test_an_address_that_bounced_gets_no_code(visitor: Visitor) -> None:
    move = asked()
    visitor.arrive(move)
    visitor.choose(decision="self")
    Contact.objects.update(state="bounced")
    assert visitor.submit(f"{visitor.address()}code/").status_code == 422
    assert "Mail to your address came back." in visitor.words()


def test_wrong_codes_from_one_network_end_in_a_pause(visitor: Visitor) -> None:
    move = asked()
    visitor.arrive(move)
    visitor.choose(decision="self")
    code = visitor.code()
    for _ in range(rate_limits.LIMITS["code"]):
        rate_limits.failed("code", "127.0.0.77", now=NOW)
    assert visitor.confirm(code=code).status_code == 422
    assert "too many wrong codes" in visitor.words()
    assert nothing_recorded()


def test_a_form_sent_twice_records_once(visitor: Visitor) -> None:
    move = asked()
    visitor.arrive(move)
    visitor.choose(decision="mandate")
    code = visitor.code()
    before, address = visitor.page, visitor.address()
    for _ in range(3):
        visitor.page = before
        visitor.submit(address, name="Jana Žďárská", function="Director", authority="yes", code=code)
        assert visitor.address() == "/my/receipt/"
    assert Decision.objects.count() == 1
    assert Notice.objects.filter(purpose="receipt").count() == 1


def test_a_choice_of_another_customer_cannot_be_confirmed(visitor: Visitor) -> None:
    victim = Visitor(visitor.sink)
    victim.arrive(asked())
    victim.choose(decision="question", question="Our secret plan?")
    foreign = victim.address()
    visitor.arrive(asked())
    visitor.choose(decision="self")
    code = visitor.code()
    visitor.get(foreign)
    assert visitor.address() == "/my/decide/"
    assert "secret plan" not in visitor.text()
    visitor.choose(decision="self")
    token = visitor.client.cookies["csrftoken"].value
    values = {"name": "Eve", "function": "x", "authority": "yes", "code": code, "csrfmiddlewaretoken": token}
    assert visitor.client.post(foreign, values).status_code == 303
    assert visitor.client.post(f"{foreign}code/", values).status_code == 303
    assert nothing_recorded()


@pytest.mark.parametrize("page", ["", "not-a-uuid", str(uuid.UUID(int=1))])
def test_a_page_that_was_never_shown_confirms_nothing(visitor: Visitor, page: str) -> None:
    visitor.arrive(asked())
    visitor.choose(decision="mandate")
    code = visitor.code()
    assert visitor.confirm(code=code, page=page).status_code == 422
    assert nothing_recorded()
    visitor.confirm(code=code)
    assert Decision.objects.count() == 1  # the code was still good


def test_a_page_of_two_hours_ago_must_be_read_again(visitor: Visitor) -> None:
    visitor.arrive(asked())
    visitor.choose(decision="mandate")
    clock.use_clock(clock.FixedClock(NOW + timedelta(hours=3)))
    visitor.at = NOW + timedelta(hours=3)
    old = visitor.page
    code = visitor.code()
    new = visitor.page
    visitor.page = old
    assert visitor.confirm(code=code).status_code == 422
    assert "has changed" in visitor.words()
    visitor.page = new
    visitor.confirm(code=code)
    assert Decision.objects.count() == 1


def test_forms_without_the_csrf_token_are_refused(visitor: Visitor) -> None:
    visitor.arrive(asked())
    visitor.choose(decision="mandate")
    address = visitor.address()
    for target in ("/my/decide/", "/my/withdraw/", "/my/agreement/", "/my/self/", address, f"{address}code/"):
        assert visitor.client.post(target, {"decision": "mandate"}).status_code == 403
    assert nothing_recorded()


def test_an_address_with_the_decision_in_it_decides_nothing(visitor: Visitor) -> None:
    move = asked()
    visitor.arrive(move)
    visitor.choose(decision="mandate")
    query = "?decision=mandate&name=Jana&function=x&authority=yes&code=123456"
    for page in [*PAGES, visitor.address()]:
        for method in (visitor.client.get, visitor.client.head, visitor.client.options):
            method(page + query)
    assert nothing_recorded()
    assert Move.objects.get(pk=move.pk).decision_state == "asked"


NAMES = {
    "emoji": "Jana 👩‍💻 Žďárská",
    "arabic": "محمد عبد الله",
    "hebrew": "משה כהן",
    "devanagari": "नरेन्द्र",
    "apostrophe": "Seán O'Neill; DROP TABLE moves_decision; --",
    "script": "<script>alert(1)</script>",
    "template": "{{ settings.SECRET_KEY }}{% debug %}",
    "percent": "%(sender)s %s %n",
    "long": "Wolfeschlegelsteinhausenbergerdorff " * 5,
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_any_name_is_kept_as_it_is_written_and_shown_harmless(visitor: Visitor, name: str) -> None:
    visitor.arrive(asked())
    visitor.choose(decision="declined", reason=name)
    visitor.confirm(code=visitor.code(), name=name)
    assert Decision.objects.get().name == name.strip()
    deliver()
    assert "<script>alert" not in visitor.text()
    receipt = visitor.sink.last()
    html = receipt.get_body(("html",)).get_content()  # type: ignore[union-attr]  # it has both parts
    assert "<script>alert" not in html and html.count("href=") == 1


def test_marks_that_hide_the_true_order_of_letters_are_taken_out(visitor: Visitor) -> None:
    visitor.arrive(asked())
    visitor.choose(decision="declined")
    visitor.confirm(code=visitor.code(), name="Jana\u202e avolkáŽ\r\nBcc: all@example.org\x07")
    assert Decision.objects.get().name == "Jana avolkáŽ Bcc: all@example.org"
    deliver()
    assert visitor.sink.last()["Bcc"] is None


@pytest.mark.parametrize("field", ["name", "function", "phone", "code"])
def test_a_megabyte_is_refused_with_a_sentence(visitor: Visitor, field: str) -> None:
    visitor.arrive(asked())
    visitor.choose(decision="declined")
    page = visitor.confirm(**{"code": "123456", field: "ž" * 1_000_000})
    assert page.status_code == 422
    assert len(page.content) < 60_000
    assert nothing_recorded()


def test_a_question_of_a_megabyte_is_refused_with_a_sentence(visitor: Visitor) -> None:
    visitor.arrive(asked())
    page = visitor.choose(decision="question", question="?" * 1_000_000)
    assert page.status_code == 422 and "below 5,000 characters" in visitor.words()
    assert len(page.content) < 60_000


@pytest.mark.parametrize(
    "address", ["nobody", "a@b", "x@y.example\r\nBcc: z@z.example", "<x>@y.example", "x" * 300 + "@y.example"]
)
def test_a_colleague_needs_a_real_address(visitor: Visitor, address: str) -> None:
    visitor.arrive(asked())
    page = visitor.choose(decision="delegated", colleague_name="Eva", colleague_email=address)
    assert page.status_code == 422


def test_a_decision_is_not_passed_on_to_oneself(visitor: Visitor) -> None:
    move = asked()
    visitor.arrive(move)
    own = contact_of(move).email.upper()
    page = visitor.choose(decision="delegated", colleague_name="Me", colleague_email=own)
    assert page.status_code == 422 and "your own address" in visitor.words()


@pytest.mark.parametrize("kind", ["", "yes", "MANDATE", "withdrawn", "mandate,self"])
def test_a_decision_that_is_none_of_the_five_is_refused(visitor: Visitor, kind: str) -> None:
    visitor.arrive(asked())
    page = visitor.choose(decision=kind)
    assert page.status_code == 422 and "choose one of the five" in visitor.words()


def test_once_the_subscriptions_move_nothing_is_taken_back_here(visitor: Visitor) -> None:
    move = asked()
    visitor.decide(move, "mandate")
    visitor.get("/my/withdraw/")
    before = visitor.page
    Move.objects.filter(pk=move.pk).update(transfer_state="moving")
    visitor.page = before
    visitor.submit("/my/withdraw/")
    assert visitor.address() == "/my/withdraw/"
    assert "please call us" in visitor.words()


def test_every_page_tells_browsers_and_machines_to_keep_it_private(visitor: Visitor) -> None:
    move = asked()
    first = visitor.client.get(f"/r/{visitor_token(move)}")
    assert first.status_code == 303 and first["Referrer-Policy"] == "no-referrer"
    cookie = first.cookies["my"]
    assert cookie["httponly"] and cookie["samesite"] == "Lax" and not cookie["max-age"]
    for page in PAGES:
        answer = visitor.client.get(page)
        assert answer["Cache-Control"] == "no-store"
        assert answer["X-Robots-Tag"] == "noindex, nofollow"
        assert answer["X-Frame-Options"] == "DENY"
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy and "frame-src 'none'" in policy


def test_over_tls_the_cookie_is_bound_to_the_host(visitor: Visitor, settings: Any) -> None:
    settings.SECURE = True
    first = visitor.client.get(f"/r/{visitor_token(asked())}")
    cookie = first.cookies["__Host-my"]
    assert cookie["secure"] and cookie["path"] == "/" and not cookie["domain"]


def test_the_token_stands_on_no_page(visitor: Visitor) -> None:
    move = asked()
    token = visitor_token(move)
    visitor.decide(move, "mandate")
    for page in PAGES:
        visitor.get(page)
        assert token not in visitor.text()


def test_a_page_is_light(visitor: Visitor) -> None:
    visitor.arrive(asked(items=40))
    assert len(visitor.page.content) < 24_000


def test_two_customers_see_nothing_of_each_other(visitor: Visitor) -> None:
    one, two = asked(name="Alfa s.r.o."), asked(name="Beta a.s.")
    visitor.arrive(one)
    assert "Alfa" in visitor.text() and "Beta" not in visitor.text()
    visitor.arrive(two)
    assert "Beta" in visitor.text() and "Alfa" not in visitor.text()


def visitor_token(move: Move) -> str:
    _, url = services.link_for(move, contact_of(move), now=NOW)
    return url.rpartition("/")[2]


def test_a_mail_can_be_read_by_a_browser_that_keeps_no_cookies(visitor: Visitor) -> None:
    bare = Client()
    answer = bare.get(f"/r/{visitor_token(asked())}")
    bare.cookies.clear()
    assert bare.get(answer["Location"]).status_code == 404


def test_codes_and_links_are_not_logged(visitor: Visitor, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", logger="novation")
    caplog.set_level("DEBUG", logger="django")
    move = asked()
    visitor.decide(move, "mandate")
    code = code_in(next(m for _, m in visitor.sink.arrived if m["Subject"].startswith("Your code")))
    ours = [r.getMessage() for r in caplog.records if not r.name.startswith(("mail", "django.db"))]
    assert not any(code in line or visitor_token(move) in line for line in ours)


def test_a_form_without_cookies_gets_a_page_that_says_what_to_do(visitor: Visitor) -> None:
    answer = Client(enforce_csrf_checks=True).post("/my/decide/", {"decision": "self"})
    assert answer.status_code == 403
    assert b"Nothing was recorded." in answer.content and b'<html lang="en">' in answer.content


def test_a_mandate_ends_on_the_day_that_the_page_named(visitor: Visitor) -> None:
    visitor.arrive(asked())
    visitor.choose(decision="mandate")
    code = visitor.code()
    clock.use_clock(clock.FixedClock(NOW + timedelta(minutes=14)))
    visitor.confirm(code=code)
    decision = Decision.objects.get()
    assert decision.expires_at is not None and decision.expires_at < decision.at + timedelta(days=91)
    assert "22 February 2027" in decision.statement
