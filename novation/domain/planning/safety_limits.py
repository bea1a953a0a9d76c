"""Brakes: a plan that is too large or too close to renewals is not launched. Thresholds are policy settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from novation.domain.errors import BadInput
from novation.domain.planning.plan import WavePlan
from novation.domain.policy import DAY, Policy

#: In a wave of fewer customers a share says nothing.
FEW = 10


@dataclass(frozen=True, slots=True)
class Brake:
    """One reason not to launch: what is wrong, and what to change. `setting` is the policy's threshold."""

    setting: str
    cause: str
    remedy: str


class UnsafePlan(BadInput):
    """A plan that a brake holds back."""

    def __init__(self, held: Sequence[Brake]) -> None:
        self.held = tuple(held)
        super().__init__(
            " ".join(brake.cause for brake in self.held), remedy=" ".join(brake.remedy for brake in self.held)
        )


def size_limits(customers: int, seats: int, policy: Policy) -> list[Brake]:
    """The brakes that a wave's size alone pulls."""
    out: list[Brake] = []
    if customers > policy.wave_customers:
        out.append(
            Brake(
                "wave_customers",
                f"Too many customers: {customers:,} would be told at once, {policy.wave_customers:,} are allowed.",
                f"Make smaller waves, or raise it: novation policy set wave_customers={customers}.",
            )
        )
    if seats > policy.wave_seats:
        out.append(
            Brake(
                "wave_seats",
                f"Too many seats: {seats:,} would move, {policy.wave_seats:,} are allowed.",
                f"Make smaller waves, or raise it: novation policy set wave_seats={seats}.",
            )
        )
    return out


def exceeded_limits(plan: WavePlan, policy: Policy) -> list[Brake]:
    """Every brake that this plan pulls."""
    out = size_limits(plan.customers, plan.seats, policy)
    close = sum(1 for line in plan.lines if line.renews)
    share = 100 * close / plan.customers if plan.customers else 0.0
    if plan.customers >= FEW and share > policy.renewal_share:
        out.append(
            Brake(
                "renewal_share",
                f"Too close to renewals: {close:,} of {plan.customers:,} customers ({share:.0f} %) have a long "
                f"term that ends within {policy.renewal_ahead // DAY} days; {policy.renewal_share} % are allowed.",
                "Launch after those renewals or leave these customers to a later wave, "
                "or raise it: novation policy set renewal_share=100.",
            )
        )
    return out
