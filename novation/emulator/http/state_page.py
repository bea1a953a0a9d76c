"""A page for people: what the emulator was asked, what it did, and what waits for somebody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from novation.emulator.http.calls import Answer
from novation.emulator.http.pages import definition_list, page, table
from novation.emulator.world import World


def _waiting(world: World) -> str:
    """What somebody or something still has to do, in the files that were opened."""
    files = [customer.file for customer in world.customers.values() if customer.file is not None]
    transfers = Counter(t.status for file in files for t in file.transfers.values())
    asked = sum(g.status == "approvalPending" for file in files for g in file.gdap.values())
    open_links = sum(a.state_at(world.now) == "created" for a in world.attestations.values())
    return (
        f"{transfers['Pending']} transfers to accept, {transfers['InProgress']} on their way; "
        f"{asked} admin requests and {open_links} agreements to answer; {len(world.pending_events)} events to deliver"
    )


def state_page(world: World, ready: Mapping[str, Any]) -> Answer:
    """The page at the root of the control port."""
    summary = world.call_record.summary()
    counts = [
        ("Virtual time", f"{world.now:%Y-%m-%d %H:%M:%S} UTC, speed {world.clock.speed:g}"),
        ("API", str(ready["api"])),
        ("Customers", f"{len(world.customers)} (seed {world.seed}); source {len(world.rosters['source'])}, "
                      f"target {len(world.rosters['target'])}"),
        ("Faults", world.faults.profile),
        ("Calls", f"{summary['calls']} ({summary['reads']} reads, {summary['writes']} writes, "
                  f"{summary['throttled']} throttled)"),
        ("Repeated writes", str(summary["repeated_writes"])),
        ("Waiting", _waiting(world)),
    ]  # fmt: skip
    last = [
        [str(e.seq), e.at[:19].replace("T", " "), e.account or e.actor or "", e.operation, str(e.status or ""),
         e.effect, e.fault or ""]
        for e in reversed(world.call_record.entries[-20:])
    ]  # fmt: skip
    body = "".join(
        (
            definition_list(counts),
            table(
                "Last writes and acts",
                [("No.", True), ("Virtual time", False), ("Who", False), ("Operation", False), ("Status", True),
                 ("Effect", False), ("Fault", False)],
                last,
            ),
            table(
                "Faults so far",
                [("Fault", False), ("Times", True)],
                [[name, str(count)] for name, count in summary["faults"].items()],
            ),
            table(
                "Calls by operation",
                [("Operation", False), ("Calls", True)],
                [[name, str(count)] for name, count in summary["calls_by_operation"].items()],
            ),
            '<p class="small">A stand-in for Partner Center, Graph and the sign-in service. '
            "Nothing here reaches Microsoft.</p>",
        )
    )  # fmt: skip
    return page("Partner Center emulator", body, wide=True)
