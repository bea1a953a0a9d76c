"""Subscriptions that were not renewed: grace, disabled, deleted (page "subscription-lifecycle")."""

from __future__ import annotations

from datetime import datetime

from novation.emulator.customers import CustomerFile
from novation.emulator.subscriptions import DISABLED, GRACE, Subscription
from novation.emulator.world import World


def schedule_file(world: World, file: CustomerFile) -> None:
    """Lets lapsed items of a file that was just opened go on to their end, each step at its own time."""
    for item in file.subscriptions.values():
        if item.lapses and item.ended_at is not None:
            _schedule(world, item, item.ended_at + GRACE, "expired", "disabled")
            _schedule(world, item, item.ended_at + GRACE + DISABLED, "disabled", "deleted")


def _schedule(world: World, item: Subscription, due: datetime, before: str, after: str) -> None:
    def advance(_: datetime) -> None:
        if item.status == before:
            item.status = after
            item.bump_version()

    if due <= world.now:
        advance(due)
    else:
        world.schedule(due, advance)
