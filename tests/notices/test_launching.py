"""A wave is launched by two people, after a pilot, into a frozen list of which every name is accounted for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from novation.domain.errors import BadInput
from novation.domain.policy import Policy
from novation.evidencelog.models import Event
from novation.moves.models import Move, Programme, Wave
from novation.moves.services import programmes
from novation.notices import accounting, services
from novation.notices.models import Notice
from novation.notices.services import wave_launch
from novation.notices.zones import zone_of
from tests import people
from tests.telling import NOW, Sink, deliver, make_move, make_programme

pytestmark = pytest.mark.django_db


def draft(size: int, programme: Programme | None = None, **states: str) -> Wave:
    programme = programme or Programme.objects.first() or make_programme()
    moves = [make_move(programme, items=0, **states) for _ in range(size)]
    return programmes.create_wave(programme, moves, now=NOW, actor="t")


def stands_in_the_way(wave: Wave, person: Any) -> list[str]:
    return [one.kind for one in wave_launch.obstacles(wave, person=person, now=NOW) if one.kind in OURS]


OURS = ("halt", "pilot", "approval")


def test_who_launches_is_not_who_agreed() -> None:
    wave, one, other = draft(2), people.operator("one"), people.operator("other")
    assert stands_in_the_way(wave, one) == ["approval"]
    programmes.approve_wave(wave, one, now=NOW)
    assert stands_in_the_way(wave, one) == ["approval"]
    assert stands_in_the_way(wave, other) == []


def test_an_agreement_holds_for_exactly_the_list_that_was_read() -> None:
    wave, one, other = draft(2), people.operator("one"), people.operator("other")
    programmes.approve_wave(wave, one, now=NOW)
    Move.objects.filter(pk=make_move(items=0).pk).update(wave=wave)
    assert stands_in_the_way(wave, other) == ["approval"]
    with pytest.raises(BadInput):
        wave_launch.launch(wave, person=other, now=NOW, actor=f"operator:{other.pk}")
    programmes.approve_wave(wave, one, now=NOW)
    assert stands_in_the_way(wave, other) == []
    assert people.tags().count("wave:approved") == 2


def test_a_policy_can_leave_the_second_person_out() -> None:
    wave = draft(1, make_programme(policy_values=Policy(second_launcher=False).to_json()))
    assert stands_in_the_way(wave, people.operator("one")) == []


def test_a_large_wave_comes_after_a_pilot_that_was_told(sink: Sink) -> None:
    programme = make_programme(policy_values=Policy(second_launcher=False, pilot_largest=3).to_json())
    large, pilot = draft(5, programme), draft(2, programme, notice="queued")
    assert stands_in_the_way(large, None) == ["pilot"]
    programmes.launch_wave(pilot, now=NOW, actor="t")
    for move in pilot.moves.all():
        services.queue(move=move, purpose="announcement", now=NOW)
    assert stands_in_the_way(large, None) == ["pilot"], "its mails are not out yet"
    deliver()
    assert stands_in_the_way(large, None) == []


def test_the_parts_make_the_frozen_list_whatever_became_of_each() -> None:
    states = ("none", "blocked", "queued", "sent", "uncertain", "bounced", "undeliverable", "skipped")
    programme = make_programme()
    moves = [make_move(programme, items=0, notice=state) for state in states for _ in range(3)]
    moves += [
        make_move(programme, items=0, closeout="stays"),
        make_move(programme, items=0, notice="new-word"),
    ]
    wave = programmes.create_wave(programme, moves, now=NOW, actor="t")
    wave = programmes.launch_wave(wave, now=NOW, actor="t")
    parts = accounting.parts(wave)
    assert wave.frozen == len(moves) == sum(part.number for part in parts)
    for part in parts:
        if part.word.startswith(("Skipped", "Not begun")):
            assert sum(number for _, number in part.reasons) == part.number, "each with a reason"


def test_a_mail_goes_out_in_the_working_hours_of_its_customer(sink: Sink) -> None:
    programme = make_programme()
    moves = {}
    for country in ("CZ", "US", "NZ"):
        move = moves[country] = make_move(programme, items=0, notice="queued")
        move.customer.country = country
        move.customer.save()
        services.queue(move=move, purpose="announcement", now=NOW)  # Monday, 9:00 UTC
    due = {notice.move.customer.country: notice.retry_at for notice in Notice.objects.all()}
    assert due["CZ"] == NOW
    assert due["US"].astimezone(zone_of("US")).hour == 8 and due["US"].date() == NOW.date()
    assert due["NZ"] > NOW and due["NZ"].astimezone(zone_of("NZ")).hour == 8
    assert len(deliver()) == 1


def test_a_mail_that_waited_until_the_office_closed_waits_for_the_morning(sink: Sink) -> None:
    services.queue(move=make_move(notice="queued"), purpose="announcement", now=NOW)
    evening = NOW + timedelta(hours=10)
    assert deliver(evening) == []
    assert Notice.objects.get().retry_at.astimezone(zone_of("CZ")).hour == 8
    assert len(deliver(NOW + timedelta(days=1))) == 1


def test_an_answer_to_the_customer_waits_for_no_office(sink: Sink) -> None:
    move = make_move(notice="sent", decision="asked")
    night = NOW + timedelta(hours=14)
    link, _ = services.link_for(move, move.customer.contacts.get(), now=night)
    services.issue_code(link, now=night)
    assert [notice.purpose for notice in deliver(night)] == ["code"]


def test_every_country_has_a_zone() -> None:
    assert str(zone_of("US")) == "America/Chicago" and str(zone_of("cz")) == "Europe/Prague"
    assert str(zone_of("")) == "Europe/Prague" and str(zone_of("XX")) == "Europe/Prague"


def test_the_launch_leaves_its_events(sink: Sink) -> None:
    wave, one, other = draft(2), people.operator("one"), people.operator("other")
    programmes.approve_wave(wave, one, now=NOW)
    for obstacle in wave_launch.obstacles(wave, person=other, now=NOW):
        assert obstacle.sentence and obstacle.remedy
    assert Event.objects.filter(tag="wave:approved").count() == 1
