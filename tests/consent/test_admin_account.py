"""A customer wants its own administrator: asked for, made by an operator, handed over once over two channels."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from novation import clock
from novation.customers.models import Contact, Customer, Secret
from novation.domain.errors import BadInput, NeedsOperator
from novation.domain.steps import TaskOutcome
from novation.evidence.tags import Tag
from novation.evidencelog.models import Document, Event
from novation.moves.models import AdminAccount, Move
from novation.moves.services import admin_accounts, tasks
from novation.notices import services as notices
from novation.notices.models import Notice
from novation.operations.models import Task
from tests.consent.visitor import Visitor
from tests.telling import NOW, contact_of, deliver, make_move, text_of

pytestmark = pytest.mark.django_db

FIRST = "Wug42!tenor-plum"


@pytest.fixture
def move() -> Move:
    move = make_move(notice="sent", decision="asked")
    Contact.objects.filter(customer=move.customer).update(phone="+420 541 000 123")
    return move


@pytest.fixture
def person() -> User:
    return User.objects.create_user("petr", "petr@severka.example", first_name="Petr")


def ask(visitor: Visitor, move: Move) -> AdminAccount:
    visitor.arrive(move)
    visitor.get("/my/admin/")
    visitor.submit("/my/admin/", person="Eva Malá", email="eva@strojirny.example")
    visitor.confirm(code=visitor.code())
    assert visitor.address() == "/my/admin/"
    return AdminAccount.objects.get()


def make(move: Move, person: User, **changes: object) -> AdminAccount:
    task = Task.objects.get(move_id=move.pk, kind="admin", state="open")
    tasks.take(task, person, NOW)
    assert tasks.check_tenant(task, person, move.customer.domain, NOW)
    values = {"username": f"eva.mala@{move.customer.domain}", "password": FIRST, "forced_change": True}
    return notices.account_made(task, person, **{**values, **changes}, now=NOW)  # type: ignore[arg-type]  # mixed values of one table


def read_out(move: Move, person: User) -> str:
    return notices.read_out_code(move, contact_of(move), person=person, spoke_with="Jana", now=NOW)[1]


def test_the_wish_is_recorded_like_a_decision_and_becomes_a_task(visitor: Visitor, move: Move) -> None:
    account = ask(visitor, move)
    assert (account.person, account.email, account.level) == ("Eva Malá", "eva@strojirny.example", "A1")
    assert Document.objects.filter(sha256=account.shown_sha256).exists()
    assert "service terms" in account.statement and "Eva Malá" in account.statement
    event = Event.objects.get(tag=Tag.ADMIN_ASKED)
    data = json.loads(bytes(event.body))["data"]
    assert {"wording", "language", "link", "code_check", "level"} <= set(data)
    assert {"name", "function", "authority", "statement", "address", "person"} <= set(event.personal)
    assert Task.objects.get().kind == "admin"
    move.refresh_from_db()
    assert move.decision_state == "asked"  # it decides nothing about the move
    assert "One of our people sets the account up" in visitor.words()


def test_a_stranger_with_the_link_alone_gets_no_account(visitor: Visitor, move: Move) -> None:
    visitor.arrive(move)
    visitor.get("/my/admin/")
    visitor.submit("/my/admin/", person="Eve", email="eve@elsewhere.example")
    assert visitor.confirm(code="000000").status_code == 422
    assert not AdminAccount.objects.exists() and not Task.objects.exists()


def test_asking_twice_is_one_wish(visitor: Visitor, move: Move) -> None:
    ask(visitor, move)
    visitor.get("/my/admin/")
    visitor.get("/my/decide/")
    assert AdminAccount.objects.count() == Task.objects.count() == 1


def test_the_password_is_sealed_and_never_mailed(visitor: Visitor, move: Move, person: User) -> None:
    ask(visitor, move)
    make(move, person)
    deliver()
    mail = text_of(visitor.sink.last())
    assert "administrator account" in visitor.sink.last()["Subject"] and FIRST not in mail
    assert FIRST.encode() not in bytes(Secret.objects.get().sealed)
    assert not any(FIRST in str(event.personal) + str(bytes(event.body)) for event in Event.objects.all())
    visitor.get("/my/admin/")
    assert f"eva.mala@{move.customer.domain}" in visitor.words() and FIRST not in visitor.text()


def test_it_is_shown_once_for_digits_read_out_by_telephone(
    visitor: Visitor, move: Move, person: User
) -> None:
    ask(visitor, move)
    make(move, person)
    visitor.get("/my/admin/")
    form = visitor.page
    page = visitor.submit("/my/admin/password/", code=read_out(move, person))
    assert page.status_code == 200 and FIRST in visitor.text()
    assert page["Cache-Control"] == "no-store"
    assert not Secret.objects.exists()
    customer = Customer.objects.get(pk=move.customer_id)
    assert customer.drift_watch and customer.service_terms == "own-admin" and customer.own_admin_since == NOW
    data = json.loads(bytes(Event.objects.get(tag=Tag.ADMIN_HANDED_OVER).body))["data"]
    assert data["drift_watch"] is True and data["service_terms"] == "own-admin"
    assert data["code_check"].startswith("phone ")
    visitor.page = form
    visitor.submit("/my/admin/password/", code=read_out(move, person))
    assert visitor.address() == "/my/admin/" and FIRST not in visitor.text()
    assert "Handed over" in visitor.words()


def test_a_code_from_a_mail_does_not_open_it_and_stays_good(
    visitor: Visitor, move: Move, person: User
) -> None:
    ask(visitor, move)
    make(move, person)
    visitor.choose(decision="self")
    code = visitor.code()
    address = visitor.address()
    visitor.get("/my/admin/")
    assert visitor.submit("/my/admin/password/", code=code).status_code == 422
    assert "by telephone" in visitor.words() and Secret.objects.exists()
    visitor.get(address)
    visitor.confirm(code=code)
    assert visitor.address() == "/my/receipt/"


def test_wrong_digits_count_and_show_nothing(visitor: Visitor, move: Move, person: User) -> None:
    ask(visitor, move)
    make(move, person)
    right = read_out(move, person)
    for _ in range(5):
        visitor.get("/my/admin/")
        wrong = f"{(int(right) + 1) % 1_000_000:06d}"
        assert visitor.submit("/my/admin/password/", code=wrong).status_code == 422
    visitor.get("/my/admin/")
    assert visitor.submit("/my/admin/password/", code=right).status_code == 422
    assert FIRST not in visitor.text() and Secret.objects.exists()


def test_another_person_of_the_company_does_not_open_it(visitor: Visitor, move: Move, person: User) -> None:
    account = ask(visitor, move)
    make(move, person)
    colleague = Contact.objects.create(
        customer=move.customer, name="Petr", email="petr@x.example", added_by="import", created_at=NOW
    )
    AdminAccount.objects.filter(pk=account.pk).update(contact=colleague)
    visitor.get("/my/admin/")
    assert "/my/admin/password/" not in visitor.text()
    with pytest.raises(BadInput):
        from novation.consent import services
        from novation.notices.models import Link

        services.open_password(
            Link.objects.get(), AdminAccount.objects.get(), read_out(move, person), now=NOW
        )


def test_a_password_that_nobody_opens_is_destroyed_and_asked_for_anew(
    visitor: Visitor, move: Move, person: User
) -> None:
    ask(visitor, move)
    account = make(move, person)
    assert account.secret_until == NOW + clock.clock().real(admin_accounts.LASTS)
    visitor.at = NOW + timedelta(days=8)
    clock.use_clock(clock.FixedClock(visitor.at))
    visitor.get("/my/admin/")
    assert "not opened in time" in visitor.words()
    visitor.submit("/my/admin/again/")
    assert not Secret.objects.exists()
    assert Task.objects.filter(state="open", kind="admin").count() == 1
    assert AdminAccount.objects.get().state == "asked"


@pytest.mark.parametrize(
    "changes",
    [{"username": "eva"}, {"password": "short"}, {"forced_change": False}],
)
def test_an_account_that_cannot_be_is_not_recorded(
    visitor: Visitor, move: Move, person: User, changes: dict[str, object]
) -> None:
    ask(visitor, move)
    with pytest.raises(BadInput):
        make(move, person, **changes)
    assert not Secret.objects.exists() and AdminAccount.objects.get().state == "asked"


def test_the_wrong_tenant_guard_stands_before_it(visitor: Visitor, move: Move, person: User) -> None:
    ask(visitor, move)
    task = Task.objects.get()
    tasks.take(task, person, NOW)
    with pytest.raises(NeedsOperator, match="tenant"):
        notices.account_made(
            task, person, username="eva@x.example", password=FIRST, forced_change=True, now=NOW
        )


def test_what_cannot_be_made_is_told_on_the_page(visitor: Visitor, move: Move, person: User) -> None:
    ask(visitor, move)
    task = Task.objects.get()
    tasks.take(task, person, NOW)
    with pytest.raises(BadInput, match="first password"):
        tasks.end(task, person, TaskOutcome.DONE, "", NOW)
    admin_accounts.give_up(task, person, "We have no rights there any more.", NOW)
    visitor.get("/my/admin/")
    assert "could not be set up" in visitor.words()
    assert not Notice.objects.filter(purpose="admin").exists()


def test_who_accepts_by_itself_waits_with_its_admin_track(visitor: Visitor, move: Move, person: User) -> None:
    visitor.decide(move, "self")
    visitor.get("/my/admin/")
    visitor.submit("/my/admin/", person="Eva Malá", email="eva@strojirny.example")
    visitor.confirm(code=visitor.code())
    move.refresh_from_db()
    assert move.admin_state == "needed"
    make(move, person)
    visitor.get("/my/admin/")
    visitor.submit("/my/admin/password/", code=read_out(move, person))
    move.refresh_from_db()
    assert move.admin_state == "theirs"
