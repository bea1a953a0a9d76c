"""Paused and held: one rule each, the same for rows and for queries."""

from datetime import timedelta

import pytest

from novation.moves import pausing
from novation.moves.models import Move, Programme, Wave
from novation.moves.selectors import customers
from novation.moves.selectors.tally import tally
from novation.moves.services import programmes
from novation.operations import leases
from tests import people
from tests.builders import NOW

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def paused_references() -> set[str]:
    rows = Move.objects.select_related("wave", "programme")
    by_row = {move.reference for move in rows if pausing.is_paused(move)}
    assert by_row == set(Move.objects.filter(pausing.paused()).values_list("reference", flat=True))
    return by_row


def test_a_move_is_paused_by_itself_with_its_wave_or_with_the_programme() -> None:
    first, second, third = people.moves(3)
    programme = first.programme
    wave = programmes.create_wave(programme, [first, second], now=NOW, actor="t")
    assert paused_references() == set()
    programmes.set_move_paused(third, True, now=NOW, actor="t")
    assert paused_references() == {third.reference}
    Wave.objects.filter(pk=wave.pk).update(state=Wave.State.PAUSED)
    assert paused_references() == {first.reference, second.reference, third.reference}
    Wave.objects.filter(pk=wave.pk).update(state=Wave.State.RUNNING)
    programmes.set_programme_paused(programme, True, now=NOW, actor="t")
    assert len(paused_references()) == 3


def test_the_list_of_the_paused_names_those_of_a_paused_wave() -> None:
    first, _second = people.moves(2)
    programme = Programme.objects.get(pk=first.programme_id)
    wave = programmes.create_wave(programme, [first], now=NOW, actor="t")
    Wave.objects.filter(pk=wave.pk).update(state=Wave.State.PAUSED)
    found = customers.wanted(programme, customers.Wish(show="paused"), NOW)
    assert [move.reference for move in found] == [first.reference]
    assert customers.chip_counts(programme, tally(programme), NOW)["paused"] == 1


@pytest.mark.parametrize(
    ("left", "held"), [(None, False), (-SECOND, False), (0 * SECOND, False), (SECOND, True)]
)
def test_a_lease_is_over_at_its_end(left: timedelta | None, held: bool) -> None:
    (move,) = people.moves(1)
    move.lease_until = None if left is None else NOW + left
    move.save()
    assert leases.is_leased(move, NOW) is held
    assert Move.objects.filter(leases.leased(NOW)).exists() is held
    assert Move.objects.filter(leases.free(NOW)).exists() is not held
