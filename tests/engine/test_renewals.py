"""Stamps are renewed before their certificates end; what was not renewed in time is UNKNOWN, never a PASS."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from novation import clock
from novation.clock import FixedClock
from novation.engine import checkpointer
from novation.evidence.time_service import TimeService
from novation.evidence.verify import PASS, UNKNOWN
from novation.evidencelog import bundles as packing
from novation.evidencelog.models import Checkpoint, Stamp
from novation.evidencelog.services import timestamp_renewal, timestamps
from novation.evidencelog.stored_tree import StoredTree
from novation.evidencelog.verification import judge
from novation.moves import bundles
from novation.rehearsal.fake_tsa import FakeTimeServices
from tests.builders import DAY, NOW
from tests.engine.test_stamped_bundles import failures, lived

pytestmark = pytest.mark.django_db(transaction=True)
YEAR = timedelta(days=365)


@pytest.fixture
def at() -> Iterator[FixedClock]:
    standing = FixedClock(NOW)
    before = clock.use_clock(standing)
    yield standing
    clock.use_clock(before)


@pytest.fixture
def services(settings: Any, tmp_path: Path, at: FixedClock) -> Iterator[FakeTimeServices]:
    """Services alpha and beta of today, whose certificates end after ten years."""
    settings.NOVATION_HOME = tmp_path
    keepers = FakeTimeServices(at.now)
    use(settings, keepers, "")
    keepers.start()
    yield keepers
    keepers.stop()


def use(settings: Any, keepers: FakeTimeServices, year: str) -> None:
    """The operator names the services and pins them; of another year they have another name."""
    pairs = dict(pair.split("=", 1) for pair in keepers.setting.split())
    settings.NOVATION_TIME_SERVICES = {f"{name}{year}": url for name, url in pairs.items()}
    for name, service in keepers.services.items():
        timestamps.pin(f"{name}{year}", service.chain)


def successors(settings: Any, at: FixedClock) -> FakeTimeServices:
    """Services with new certificates, as after nine years."""
    keepers = FakeTimeServices(at.now)
    for name in list(keepers.services):
        fresh = TimeService.create(name, at.now())
        kept = keepers.services[name]
        kept._key, kept.chain, kept._certificate = fresh._key, fresh.chain, fresh._certificate
    use(settings, keepers, "-2036")
    keepers.start()
    return keepers


def test_a_renewed_bundle_still_passes_after_fifteen_years(
    settings: Any, tmp_path: Path, at: FixedClock, services: FakeTimeServices
) -> None:
    move = lived()
    list(
        bundles.export([move], tmp_path, now=at.now(), stamp=lambda: asyncio.run(checkpointer.stamp_now(at)))
    )
    at.advance(9 * YEAR)
    keepers = successors(settings, at)
    at.advance(YEAR - timedelta(days=340))
    at.at = timestamp_renewal.ends(services.services["alpha"].chain) - timedelta(days=30)
    asyncio.run(checkpointer.stamp_now(at))
    keepers.stop()
    names = set(Stamp.objects.exclude(answer=None).values_list("service", flat=True))
    assert names == {"alpha", "beta", "alpha-2036.renewal-1", "beta-2036.renewal-1"}
    # The bundle of that year, read in 2041.
    newest = Checkpoint.objects.latest("size")
    (owner,) = bundles.owners_of([move])
    packed = packing.pack(
        owner,
        StoredTree(),
        {newest.size: bytes(newest.note)},
        packing.SigningKeys.present(),
        timestamps.pinned_chains(),
        now=newest.at,
    )
    assert failures(judge(packed, at=NOW + 15 * YEAR)) == []
    assert judge(packed, at=NOW + 25 * YEAR).verdict == UNKNOWN


def test_without_a_renewal_the_answer_is_unknown(
    settings: Any, tmp_path: Path, at: FixedClock, services: FakeTimeServices
) -> None:
    (path,) = bundles.export(
        [lived()], tmp_path, now=at.now(), stamp=lambda: asyncio.run(checkpointer.stamp_now(at))
    )
    assert judge(path.read_bytes(), at=NOW).verdict == PASS
    report = judge(path.read_bytes(), at=NOW + 15 * YEAR)
    assert report.verdict == UNKNOWN
    assert [one.split(":")[0] for one in failures(report)] == ["time stamps"]


def test_nothing_is_renewed_before_it_is_time_nor_after_it_is_too_late(
    settings: Any, at: FixedClock, services: FakeTimeServices
) -> None:
    lived()
    checkpointer.sign_if_due(at)
    asyncio.run(checkpointer.stamp_now(at))
    at.advance(8 * YEAR)
    keepers = successors(settings, at)
    keepers.stop()
    end = timestamp_renewal.ends(services.services["alpha"].chain)
    names = list(settings.NOVATION_TIME_SERVICES)

    def due(when: Any) -> int:
        return len(timestamp_renewal.due(names, now=when, clock=at))

    assert due(end - timestamp_renewal.BEFORE - DAY) == 0
    assert due(end - timestamp_renewal.BEFORE + DAY) == 2
    assert due(end + DAY) == 0
    assert timestamp_renewal.ended(now=end + DAY) == 1
    assert timestamps.awaited(names[0], now=at.now(), clock=at) == []  # new services do not stamp what is old


def test_a_renewal_that_fails_is_asked_for_again(
    settings: Any, at: FixedClock, services: FakeTimeServices
) -> None:
    lived()
    checkpointer.sign_if_due(at)
    asyncio.run(checkpointer.stamp_now(at))
    at.advance(9 * YEAR)
    successors(settings, at).stop()  # pinned, but nobody answers
    at.at = timestamp_renewal.ends(services.services["alpha"].chain) - 30 * DAY
    asyncio.run(checkpointer.stamp_now(at))
    assert Stamp.objects.filter(service__contains="renewal", answer=None).count() == 2
    names = list(settings.NOVATION_TIME_SERVICES)
    assert timestamp_renewal.due(names, now=at.now(), clock=at) == []
    at.advance(timedelta(minutes=1))
    assert len(timestamp_renewal.due(names, now=at.now(), clock=at)) == 2
