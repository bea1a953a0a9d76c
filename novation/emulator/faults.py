"""Hostility on purpose: seeded, reproducible, every knob documented here and in docs/reference/emulator.md.

Whether a call is hit depends on the seed, the account, the call (method and path) and on how many times
that call was made before; not on the order in which calls of different customers arrive.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields, replace
from random import Random
from typing import Any


@dataclass(frozen=True, slots=True)
class Knobs:
    """Probabilities are 0 to 1 per call (or per item, transfer, event); times are wall seconds unless named."""

    throttle_burst: float = 0.0  # starts a burst in which all calls of the account get 429
    throttle_burst_seconds: float = 2.0  # how long a burst lasts
    server_error: float = 0.0  # 500, 502, 503 or 504, nothing done
    server_error_after: float = 0.0  # the same, but the effect is there
    reset_before: float = 0.0  # connection reset, nothing done
    reset_after: float = 0.0  # connection reset, the effect is there
    timeout_before: float = 0.0  # no answer for hang_seconds, then a reset; nothing done
    timeout_after: float = 0.0  # the same, but the effect is there
    hang_seconds: float = 30.0  # how long a call that times out is held
    slow: float = 0.0  # answer delayed by up to slow_seconds
    slow_seconds: float = 1.5  # the longest delay
    stale_read: float = 0.0  # a read answered as it was up to stale_seconds ago
    stale_seconds: float = 2.0  # how old a stale answer may be
    small_pages: float = 0.0  # fewer items on a page than asked for
    shuffled: float = 0.0  # items of a page in another order
    malformed: float = 0.0  # cut JSON, an HTML page, a wrong type or an empty body, with status 200
    oversized: float = 0.0  # an answer followed by ten million blanks
    field_bend: float = 0.0  # an answer is bent at random: one of the kinds of bends below
    clock_skew_seconds: float = 0.0  # the Date header runs ahead by this much
    transfer_line_fails: float = 0.0  # a line of a transfer fails and stays with the source
    transfer_stuck: float = 0.0  # a transfer takes days instead of hours (virtual)
    transfer_resets_renewal: float = 0.0  # auto-renew is on after the transfer, whatever it was
    assignment_fails: float = 0.0  # a GDAP access assignment ends in the state error
    webhook_late: float = 0.0  # an event comes up to 48 virtual hours late
    webhook_doubled: float = 0.0  # an event is sent twice
    webhook_lost: float = 0.0  # an event is never sent
    # Rules that are not settled on Microsoft's side; switches, not probabilities.
    legacy_attestation: bool = False  # True: the agreement call retired in January 2026 still works
    direct_acceptance_travels: bool = True  # a direct acceptance serves every partner
    transfer_needs_agreement: bool = True  # 13605 on creating a transfer without a valid agreement
    transfer_types: tuple[int, ...] = (3, 5)  # values accepted for transferType
    conditional_access: float = 0.0  # share of customers whose policies refuse the partner's users (900309)
    answers_later: float = 0.0  # a change of a subscription is answered with 202, without a body
    absent_renewal: bool = False  # what auto-renew becomes when a PATCH of a subscription leaves it out
    sandbox: bool = False  # the integration sandbox: customers can be deleted, no more than 75 can be made
    transfer_partial_status: str = "PartiallyComplete"  # what a transfer is called of which some lines failed
    unknown_groups: bool = False  # True: an access assignment takes any GUID for a security group
    gdap_roles: bool = True  # user and licence calls need a GDAP role (or the old DAP)


PROFILES: dict[str, Knobs] = {
    "none": Knobs(),
    "default": Knobs(
        throttle_burst=0.001, throttle_burst_seconds=1.0, server_error=0.004, server_error_after=0.002,
        reset_before=0.002, reset_after=0.002, timeout_before=0.0005, timeout_after=0.0005, hang_seconds=5.0,
        slow=0.01, slow_seconds=0.3, stale_read=0.002, small_pages=0.02, transfer_line_fails=0.003,
        webhook_late=0.05, webhook_doubled=0.03, webhook_lost=0.02,
    ),
    "field": Knobs(
        field_bend=0.03, server_error=0.004, reset_after=0.002, slow=0.01, slow_seconds=0.3, small_pages=0.02,
        transfer_line_fails=0.02, answers_later=0.02, webhook_late=0.05, webhook_lost=0.02,
    ),
    "hostile": Knobs(
        throttle_burst=0.004, throttle_burst_seconds=3.0, server_error=0.03, server_error_after=0.02,
        reset_before=0.015, reset_after=0.02, timeout_before=0.004, timeout_after=0.006, hang_seconds=6.0,
        slow=0.05, slow_seconds=1.0, stale_read=0.02, small_pages=0.2, shuffled=0.2, malformed=0.01,
        clock_skew_seconds=90.0, answers_later=0.05, transfer_line_fails=0.02, transfer_stuck=0.03,
        transfer_resets_renewal=0.05, assignment_fails=0.02, webhook_late=0.2, webhook_doubled=0.15, webhook_lost=0.1,
    ),
}  # fmt: skip

_BEFORE = ("throttle_burst", "server_error", "reset_before", "timeout_before")
_AFTER = ("server_error_after", "reset_after", "timeout_after", "malformed", "oversized")
_READ = ("stale_read", "small_pages", "shuffled")


@dataclass(slots=True)
class FaultPlan:
    """What will happen to one call. At most one fault before or after the effect."""

    before: str | None = None
    after: str | None = None
    stale: bool = False
    small_pages: bool = False
    shuffled: bool = False
    delay: float = 0.0
    bent: bool = False
    draw: Random | None = None


NO_FAULTS = FaultPlan()


class Faults:
    """Decides for each call, and for things that happen by themselves."""

    def __init__(self, profile: str, seed: int) -> None:
        self.profile = profile
        self.seed = seed
        self.knobs = PROFILES[profile]
        self._times: Counter[str] = Counter()
        self._calm = profile == "none"

    def set(self, changes: dict[str, Any]) -> None:
        """Takes ``profile`` and single knobs. Raises ValueError with a sentence for an unknown one."""
        knobs, profile = self.knobs, self.profile
        if "profile" in changes:
            profile = str(changes["profile"])
            if profile not in PROFILES:
                raise ValueError(f"There is no profile {profile!r}; choose one of {', '.join(PROFILES)}.")
            knobs = PROFILES[profile]
        known = {field.name for field in fields(Knobs)}
        single = {name: value for name, value in changes.items() if name != "profile"}
        for name, value in single.items():
            if name not in known:
                raise ValueError(f"There is no knob {name!r}. Knobs: {', '.join(sorted(known))}.")
            single[name] = _check_knob(name, getattr(PROFILES["none"], name), value)
        self.profile = f"{profile.removesuffix('+')}+" if single else profile
        self.knobs = replace(knobs, **single)
        self._calm = self.knobs == PROFILES["none"]

    def to_json(self) -> dict[str, Any]:
        """The profile and every knob."""
        values = {field.name: getattr(self.knobs, field.name) for field in fields(Knobs)}
        return {"profile": self.profile, **values}

    def plan(self, account: str, call: str, *, write: bool) -> FaultPlan:
        """What happens to this call."""
        if self._calm:
            return NO_FAULTS
        draw = self._draw(f"{account} {call}")
        plan = FaultPlan(draw=draw)
        plan.before = self._choose(draw, _BEFORE)
        if plan.before is None:
            plan.after = self._choose(draw, _AFTER)
        if not write:
            chosen = {name for name in _READ if draw.random() < getattr(self.knobs, name)}
            plan.stale = "stale_read" in chosen
            plan.small_pages, plan.shuffled = "small_pages" in chosen, "shuffled" in chosen
        if draw.random() < self.knobs.slow:
            plan.delay = draw.uniform(0.05, 1.0) * self.knobs.slow_seconds
        # Last, so that the other profiles draw what they always drew.
        plan.bent = self.knobs.field_bend > 0 and draw.random() < self.knobs.field_bend
        return plan

    def should_inject(self, knob: str, subject: str) -> bool:
        """Does this fault happen to this subject (an item of a transfer, an event)?"""
        return not self._calm and self._draw(f"{knob} {subject}").random() < getattr(self.knobs, knob)

    def closed_to_partners(self, tid: str) -> bool:
        """Do this customer's own policies refuse the partner's users? Always the same answer for a customer."""
        share = self.knobs.conditional_access
        return share > 0 and Random(f"{self.seed}|conditional access|{tid}").random() < share

    def _draw(self, subject: str) -> Random:
        self._times[subject] += 1
        return Random(f"{self.seed}|{subject}|{self._times[subject]}")

    def _choose(self, draw: Random, names: tuple[str, ...]) -> str | None:
        roll = draw.random()
        for name in names:
            roll -= getattr(self.knobs, name)
            if roll < 0:
                return name
        return None


def _check_knob(name: str, default: object, value: object) -> object:
    if isinstance(default, bool):
        if isinstance(value, bool):
            return value
        raise ValueError(f"{name} must be true or false.")
    if isinstance(default, str):
        if isinstance(value, str) and 0 < len(value) <= 50:
            return value
        raise ValueError(f"{name} must be a word.")
    if isinstance(default, tuple):
        if isinstance(value, list | tuple) and value and all(isinstance(v, int) for v in value):
            return tuple(value)
        raise ValueError(f"{name} must be a list of whole numbers.")
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ValueError(f"{name} must be a number, zero or more.")
    if not name.endswith("_seconds") and value > 1:
        raise ValueError(f"{name} is a probability between 0 and 1.")
    return float(value)
