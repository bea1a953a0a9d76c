"""The figures of a finished rehearsal: our record, the emulator's truth, and the comparison of both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from novation.domain import states
from novation.domain.stage import ENDED, Stage
from novation.domain.steps import TaskOutcome, is_write
from novation.evidencelog.models import Event
from novation.moves.models import Decision, Move
from novation.notices.models import Notice
from novation.operations.models import Step, Task
from novation.rehearsal import evidence_log, invariants, reconcile
from novation.rehearsal.bundles import Bundles
from novation.rehearsal.emulator_control import Company
from novation.rehearsal.ground_truth_log import Act
from novation.rehearsal.mailbox import ReceivedMail
from novation.rehearsal.oracle import ItemComparison

#: Figures that the seed alone decides, however long it took and whoever was killed on the way.
SEED_DETERMINED = (
    "customers", "companies", "moved", "stayed", "declined", "unreachable", "needs_operator", "agreed",
    "seats_before", "seats_after", "subscriptions_before", "subscriptions_after", "subscriptions_moved",
    "items_in_both", "items_in_neither", "repeated_writes", "consents_without_act", "notices_wrong_recipient",
    "decisions", "bundles", "bundles_verified",
)  # fmt: skip


def collect_figures(
    *,
    companies: Sequence[Company],
    items: ItemComparison,
    call_record_summary: Mapping[str, Any],
    call_record: Sequence[Mapping[str, Any]],
    acts: Sequence[Act],
    mails: Sequence[ReceivedMail],
    owners: Mapping[str, str],
    bundles: Bundles,
) -> dict[str, Any]:
    """Everything that is counted.

    Args:
        companies: the customers, as the emulator knows them.
        items: what became of every subscription.
        call_record_summary, call_record: the emulator's counters and entries.
        acts: what the people wrote down.
        mails: as they arrived.
        owners: tenant by mail address.
        bundles: what came of the export.
    """
    found: dict[str, Any] = {"customers": Move.objects.count(), "companies": len(companies)}
    found |= _ends() | _agreements()
    found |= {
        "seats_before": items.seats_before,
        "seats_after": items.seats_after,
        "subscriptions_before": items.subscriptions_before,
        "subscriptions_after": items.subscriptions_after,
        "subscriptions_moved": items.moved,
        "subscriptions_ended": items.ended,
        "items_in_both": max(items.in_both, int(call_record_summary["items"]["both"])),
        "items_in_neither": max(items.in_neither, int(call_record_summary["items"]["neither"])),
    }
    found |= _calls(call_record_summary, call_record)
    found |= _people(call_record, acts, mails, owners)
    found |= {
        "bundles": bundles.written,
        "bundles_verified": bundles.verified,
        "bundles_time_stamped": bundles.stamped,
        "certificates": bundles.certified,
        "bundles_wrong": bundles.wrong[:20],
        "events": Event.objects.count(),
    }
    faults = evidence_log.find_faults()
    found |= {"log_holds": not faults, "log_faults": faults[:20]}
    return found


def _ends() -> dict[str, Any]:
    stages = Counter(Move.objects.values_list("stage", flat=True))
    declined = Move.objects.filter(stage=Stage.STAYS, decision_state="declined").count()
    unfinished = Move.objects.exclude(stage__in=ENDED)
    held = set(Task.objects.filter(state=Task.State.OPEN).values_list("move_id", flat=True))
    forgotten = [move.reference for move in unfinished if move.pk not in held and move.due_at is None]
    return {
        "moved": stages[Stage.CLOSED],
        "stayed": stages[Stage.STAYS] - declined,
        "declined": declined,
        "unreachable": stages[Stage.UNREACHABLE],
        "needs_operator": unfinished.count(),
        "unfinished": {m.reference: m.due_why for m in unfinished[:20]},
        "forgotten": forgotten[:20],
        "tasks_open": len(held),
    }


def _agreements() -> dict[str, Any]:
    agreed = Move.objects.filter(decision_state__in=states.CONSENTED)
    stopped = Task.objects.filter(outcome=TaskOutcome.STOP).values("move_id")
    return {
        "agreed": agreed.count(),
        "agreed_stopped": agreed.filter(stage=Stage.STAYS, pk__in=stopped).count(),
        "agreed_waiting": agreed.exclude(stage__in=ENDED).count(),
        "moved_without_agreement": Move.objects.filter(stage=Stage.CLOSED)
        .exclude(decision_state__in=states.CONSENTED)
        .count(),
        "decisions": dict(sorted(Counter(Decision.objects.values_list("kind", flat=True)).items())),
    }


def _calls(totals: Mapping[str, Any], call_record: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    writes = [s for s in Step.objects.only("kind", "request_id", "outcome") if is_write(s.kind)]
    done = {str(step.request_id): step.kind for step in writes if step.outcome == Step.Outcome.DONE}
    unexplained = reconcile.find_unexplained_writes(call_record, {str(step.request_id) for step in writes})
    without = reconcile.find_missing_effects(call_record, done)
    return {
        "remote_calls": totals["calls"],
        "remote_writes": len(done),
        "repeated_writes": totals["repeated_writes"],
        "repeated": totals["repeated"][:20],
        "throttled": totals["throttled"],
        "steps": len(writes),
        "steps_unsettled": sum(1 for s in writes if s.outcome in (Step.Outcome.OPEN, Step.Outcome.UNKNOWN)),
        "steps_looked_up": Step.objects.exclude(settled_by="").count(),
        "writes_unexplained": len(unexplained),
        "writes_without_effect": len(without),
        "writes_examples": [*unexplained[:10], *without[:10]],
        "call_record": {
            "calls": totals["calls"],
            "reads": totals["reads"],
            "writes": totals["writes"],
            "effects": sum(1 for _ in reconcile.writes_with_effect(call_record)),
            "repeated_writes": totals["repeated_writes"],
            "throttled": totals["throttled"],
            "calls_by_operation": totals["calls_by_operation"],
            "faults": totals["faults"],
            "items": totals["items"],
            "subscriptions": totals["subscriptions"],
            "seats": totals["seats"],
            "relationships": totals["relationships"],
            "acts": totals["acts"],
        },
    }


def _people(
    call_record: Sequence[Mapping[str, Any]],
    acts: Sequence[Act],
    mails: Sequence[ReceivedMail],
    owners: Mapping[str, str],
) -> dict[str, Any]:
    rows = Decision.objects.order_by("id").values_list(
        "move__customer__tenant_id", "kind", "at", "expires_at"
    )
    decided = [reconcile.RecordedDecision(tenant, kind, at, until) for tenant, kind, at, until in rows]
    without = reconcile.find_consents_without_act(decided, call_record, acts)
    moves = Move.objects.select_related("customer")
    references = {move.customer.tenant_id: move.reference for move in moves}
    names = {move.reference: move.customer.name for move in moves}
    known = {address: references.get(tenant, "") for address, tenant in owners.items()}
    wrong = reconcile.find_wrong_recipients(mails, known, names)
    return {
        "consents_without_act": len(without),
        "consents_examples": without[:20],
        "acts": dict(sorted(Counter(f"{act.who} {act.kind}" for act in acts).items())),
        "notices_sent": len(mails),
        "notices_by_state": dict(sorted(Counter(Notice.objects.values_list("state", flat=True)).items())),
        "notices_wrong_recipient": len(wrong),
        "notices_examples": wrong[:20],
        "tasks": dict(
            sorted(
                Counter(
                    f"{k} {o or s}" for k, o, s in Task.objects.values_list("kind", "outcome", "state")
                ).items()
            )
        ),
    }


def with_invariants(found: dict[str, Any]) -> dict[str, Any]:
    """The figures with the invariants judged."""
    return {**found, "invariants": invariants.evaluate(found)}


def settled(summary: Mapping[str, Any]) -> dict[str, Any]:
    """The figures that must be the same for the same seed."""
    return {name: summary[name] for name in SEED_DETERMINED}
