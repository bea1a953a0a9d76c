"""The rarer branches, against the emulated Microsoft: what is done there is seen here, and calls the right person."""

from datetime import timedelta
from typing import Any

from django.db import transaction

from novation.customers.models import Contact
from novation.customers.services import vault
from novation.domain.facts import Choice, ItemState
from novation.domain.steps import TaskKind, TaskOutcome
from novation.domain.tracks import Track
from novation.engine import poll_customer_list
from novation.evidence.tags import Tag
from novation.evidencelog.models import Event
from novation.moves.models import AdminAccount, Item, Move, UnexpectedCustomer
from novation.moves.services import (
    admin_accounts,
    first_passwords,
    operator_actions,
    tasks,
    term_choices,
    tracks,
)
from novation.moves.services.observed import unexpected_customers
from novation.operations.models import Task
from tests.engine.rehearsal import Rehearsal
from tests.engine.test_second_thoughts import until_state

DAY = timedelta(days=1)


def fresh(move: Move) -> Move:
    return Move.objects.get(pk=move.pk)


def read_the_list(house: Rehearsal) -> int:
    """The sweep's reading, without its own loop."""

    async def read() -> dict[str, dict[str, str]]:
        found = {}
        async for row in house.target.customers.list(page_size=500):
            company = row.company_profile
            found[row.id or ""] = {"name": (company and company.company_name) or "", "domain": ""}
        return found

    return poll_customer_list.take_in(house.run(read()), account="target", clock=house.clock)


def open_tasks(move: Move) -> set[str]:
    return set(Task.objects.filter(move_id=move.pk, state="open").values_list("kind", flat=True))


def test_a_customer_that_leaves_in_the_middle_is_seen_and_somebody_asks(house: Rehearsal) -> None:
    (move,) = house.take_in(house.emulator.sow(11, 1)[0])
    until_state(house, move, "agreement", "valid")
    read_the_list(house)
    if fresh(move).transfer_state in ("none", "planned", "requested"):
        house.emulator.ask(
            "POST", f"/customers/{move.customer.tenant_id}/remove-relationship", partner="target"
        )
        read_the_list(house)
        house.idle()
        assert fresh(move).relationship_state == "lost"
        assert TaskKind.REVIEW in open_tasks(move)
        assert Event.objects.filter(move_id=move.pk, tag=Tag.RELATIONSHIP_LOST).count() == 1
        house.ends(move, TaskKind.REVIEW, TaskOutcome.RETRY)
        house.idle()
        house.emulator.ask(
            "POST",
            f"/customers/{move.customer.tenant_id}/accept-relationship",
            partner="target",
            actor="operator",
            person="eva",
        )
        read_the_list(house)
        assert house.move_on(move).closeout_state == "closed"
    else:
        raise AssertionError("the move was too quick for this test")


def test_one_list_that_lags_loses_nobody(house: Rehearsal) -> None:
    (move,) = house.take_in(house.emulator.sow(11, 1)[0])
    until_state(house, move, "relationship", "accepted")
    poll_customer_list.take_in({}, account="target", clock=house.clock)
    assert fresh(move).relationship_read_at is None
    house.idle()
    assert fresh(move).relationship_state == "accepted"


def test_a_tenant_that_nobody_invited_is_put_before_a_person(house: Rehearsal) -> None:
    one, other = house.emulator.sow(11, 2)
    (move,) = house.take_in(one)
    read_the_list(house)  # the first reading: who stands there was there before us
    house.emulator.ask(
        "POST", f"/customers/{other['tenantId']}/accept-relationship", partner="target", person="Jana"
    )
    read_the_list(house)
    (stranger,) = UnexpectedCustomer.objects.filter(state="open")
    assert stranger.tenant_id == other["tenantId"].lower()
    assert Event.objects.filter(tag=Tag.RELATIONSHIP_STRANGER).count() == 1
    read_the_list(house)
    assert UnexpectedCustomer.objects.count() == 1, "told once"
    unexpected_customers.judge(
        stranger,
        "wrong-tenant",
        reference=move.reference,
        note="The owner has two tenants.",
        person=house.people[0],
        now=house.clock.now(),
    )
    assert Event.objects.filter(move_id=move.pk, tag=Tag.RELATIONSHIP_STRANGER_JUDGED).exists()


def stay(house: Rehearsal, **fields: Any) -> tuple[Move, Item]:
    """A customer that declined, with one subscription whose end comes within the month."""
    (move,) = house.take_in(house.emulator.sow(11, 1)[0])
    house.idle()
    house.says(move, "declined", reason="We are content.")
    house.idle()
    item = move.items.exclude(status="expired").order_by("ends")[0]
    assert item.ends is not None
    house.jump(max(item.ends - house.clock.now() - 20 * DAY, timedelta(0)))
    house.idle()
    return fresh(move), Item.objects.get(pk=item.pk)


def test_an_end_of_term_is_chosen_by_a_person_set_by_the_engine_and_read_back(house: Rehearsal) -> None:
    move, item = stay(house)
    assert TaskKind.TERM_END in open_tasks(move)
    wanted = {one.pk: str(Choice.CANCEL) for one in term_choices.still_open(move, house.clock.now())}
    assert item.pk in wanted
    term_choices.choose(
        move, wanted, wish="Mrs Nová, on the phone", sure=False, person=house.people[0], now=house.clock.now()
    )
    house.idle()
    item.refresh_from_db()
    assert (item.auto_renew, item.cancel_at_end) == (False, True), "believed because it was read"
    assert TaskKind.TERM_END not in open_tasks(move)
    truth = house.emulator.truth(move.customer.tenant_id)
    shown = next(one for one in truth["subscriptions"] if one["id"] == item.subscription_id)
    assert shown["autoRenew"] is False
    assert item.ends is not None
    house.jump(item.ends - house.clock.now() + DAY)
    house.idle()
    item.refresh_from_db()
    assert item.status in ("expired", "deleted")
    ended = Event.objects.filter(move_id=move.pk, tag=Tag.ITEM_TERM_ENDED)
    assert ended.count() >= 1


def test_settings_that_a_transfer_loses_are_set_back(house: Rehearsal) -> None:
    far = (house.clock.now() + 60 * DAY).isoformat()

    def fits(one: dict[str, Any]) -> bool:
        goods = one["subscriptions"]
        late = all(sub["commitmentEnd"] > far for sub in goods)
        return late and len(goods) < 9 and any(sub["scheduled"] for sub in goods)

    wanted = next(one for one in house.emulator.sow(11, 400, plain=False) if fits(one))
    (move,) = house.take_in(wanted)
    done = house.move_on(move)
    assert done.closeout_state in ("closed", "parked")
    moved = Item.objects.filter(move=move, state=ItemState.VERIFIED).exclude(next_term="")
    assert moved.exists() and all(item.restored for item in moved)


def test_rights_that_are_ended_call_a_person_and_hold_nothing_up(house: Rehearsal) -> None:
    (move,) = house.take_in(house.emulator.sow(11, 1)[0])
    until_state(house, move, "access", "usable")
    grant = move.grants.get(side="target")
    house.emulator.ask("POST", f"/gdap/{grant.remote_id}/terminate", tenantId=move.customer.tenant_id)
    move.grants.filter(side="target").update(read_at=house.clock.now() - 8 * DAY)
    if fresh(move).transfer_state == "none":
        tracks.schedule_now(fresh(move), at=house.clock.now())
        house.idle()
        assert fresh(move).access_state == "ended"
        assert TaskKind.ACCESS in open_tasks(move)
        house.ends(move, TaskKind.ACCESS, TaskOutcome.GO_ON)
    after = house.move_on(move)
    assert after.closeout_state == "closed"


def test_a_request_that_ran_out_is_made_anew_once(house: Rehearsal) -> None:
    (move,) = house.take_in(house.emulator.sow(11, 1)[0])
    house.idle()
    house.says(move, "self")
    house.until(lambda: fresh(move).access_state == "pending")
    house.jump(91 * DAY)
    house.until(lambda: move.grants.filter(side="target").count() == 2)
    assert fresh(move).access_state in ("preparing", "pending")


def test_somebody_else_signs_and_gets_a_link_of_its_own(house: Rehearsal) -> None:
    (move,) = house.take_in(house.emulator.sow(11, 1)[0])
    house.idle()
    house.says(move, "self")
    house.until(lambda: fresh(move).agreement_state == "issued")
    operator_actions.another_signatory(
        fresh(move),
        name="Petra Krátká",
        email="petra@elsewhere.example",
        phone="",
        person=house.people[0],
        now=house.clock.now(),
    )
    house.idle()
    newest = move.attestations.first()
    assert newest is not None
    assert (newest.signatory["first_name"], newest.signatory["last_name"]) == ("Petra", "Krátká")
    assert fresh(move).agreement_state == "issued"
    assert fresh(move).track(Track.AGREEMENT) == "issued"


def first_password(house: Rehearsal, move: Move) -> AdminAccount:
    """An administrator account that an operator made, whose first password nobody has fetched."""
    now, person = house.clock.now(), house.people[0]
    house.idle()
    contact = Contact.objects.get(customer=move.customer)
    AdminAccount.objects.create(
        move=move, contact=contact, person="Eva Malá", email=contact.email, asked_by=contact.email, level="A1",
        statement="We want one.", asked_at=now,
    )  # fmt: skip
    with transaction.atomic():
        asked = tasks.open_task(move, TaskKind.ADMIN, why="asked for", now=now)
    task = tasks.take(asked, person, now)
    assert tasks.check_tenant(task, person, fresh(move).customer.domain, now)
    return admin_accounts.made(
        task,
        person,
        username=f"eva@{move.customer.domain}",
        password="Wug42!tenor-plum",
        forced_change=True,
        now=now,
    )


def test_a_first_password_that_we_hold_is_destroyed_when_it_is_handed_over(house: Rehearsal) -> None:
    (move,) = house.take_in(house.emulator.sow(11, 1)[0])
    account = first_password(house, move)
    name = first_passwords.secret_name(account)
    assert vault.unseal(name) == {"password": "Wug42!tenor-plum"}

    def everybody() -> None:
        if fresh(move).decision_state == "asked":
            house.says(move, "mandate")
        house.accepts(move)
        house.works(move)

    house.until(lambda: TaskKind.HAND_OVER in open_tasks(move), everybody)
    assert fresh(move).closeout_state == "cleaning"
    house.ends(move, TaskKind.HAND_OVER, TaskOutcome.CLEANED, "Handed over to Mrs Nová in person.")
    assert not vault.Secret.objects.filter(name=name).exists()
    account.refresh_from_db()
    assert (account.state, account.secret_until) == ("handed-over", None)
    assert Event.objects.filter(move_id=move.pk, tag=Tag.ADMIN_HANDED_OVER).exists()
    assert house.move_on(move).closeout_state == "closed"


def test_licences_are_compared_or_said_to_be_unreadable(house: Rehearsal) -> None:
    (move,) = house.take_in(house.emulator.sow(11, 1)[0])
    done = house.move_on(move)
    assert set(done.licences) == {"before", "before_at", "after"}
    said = Event.objects.filter(move_id=move.pk, tag=Tag.ITEM_LICENCES)
    assert said.count() >= 1
