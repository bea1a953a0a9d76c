"""The plan of one wave: a line for each customer, sums, expected duration, checksum, and what changed since."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from novation.domain.errors import BadInput
from novation.domain.steps import RULES, is_write, kinds

#: Characters of a checksum that people see and type.
SHORT = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What one customer contributes. Only what a reviewer would want to see again when it changed."""

    reference: str
    name: str
    domain: str
    language: str
    to: str  # address of the announcement; empty when there is none
    subscriptions: int  # that move
    seats: int
    requests: int  # transfer requests
    stays: int  # subscriptions that do not move
    held: int  # subscriptions that wait for their renewal
    renews: bool  # a longer term ends close after the launch
    findings: tuple[str, ...]  # codes of blockers and warnings
    steps: Mapping[str, int]
    mails: tuple[str, ...]
    tasks: tuple[str, ...]
    ends: str
    source_requests: int
    target_requests: int
    read: bool = True  # False: what the customer owns was not read yet, so the numbers say nothing


@dataclass(frozen=True, slots=True)
class Rates:
    """What the duration follows from: calls and mails a minute, minutes of an acceptance, customers of one day."""

    api: float
    mail: float
    accept_minutes: float
    other_minutes: float = 10.0


@dataclass(frozen=True)
class WavePlan:
    """All lines of a wave, in the order of their references, under one policy."""

    wave: int
    policy: Mapping[str, Any]
    sender: str
    lines: tuple[Line, ...]

    @cached_property
    def checksum(self) -> str:
        """SHA-256 over what a reviewer sees, shortened; the same facts give the same one.

        Calls are not part of it: they follow from the rest, and a reading more or less is no other plan.
        """
        content = {"wave": self.wave, **self.snapshot()}
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:SHORT]

    @property
    def customers(self) -> int:
        """How many customers are told."""
        return len(self.lines)

    @cached_property
    def unread(self) -> int:
        """Customers of whom nothing was read yet; their subscriptions and seats are in no sum."""
        return sum(1 for line in self.lines if not line.read)

    @property
    def nothing_read(self) -> bool:
        """True when no customer was read: then the sums are unknown, which is not zero."""
        return 0 < self.customers == self.unread

    @cached_property
    def seats(self) -> int:
        """Seats of the subscriptions that move."""
        return sum(line.seats for line in self.lines)

    @cached_property
    def subscriptions(self) -> int:
        """Subscriptions that move."""
        return sum(line.subscriptions for line in self.lines)

    @cached_property
    def requests(self) -> int:
        """Transfer requests."""
        return sum(line.requests for line in self.lines)

    @cached_property
    def steps(self) -> dict[str, int]:
        """Calls by kind, in the order in which a move makes them."""
        counted = _sum(line.steps for line in self.lines)
        return {kind: counted[kind] for kind in kinds() if counted[kind]}

    @cached_property
    def mails(self) -> Counter[str]:
        """Mails by purpose, if everybody answers the first one."""
        return Counter(purpose for line in self.lines for purpose in line.mails)

    @cached_property
    def tasks(self) -> Counter[str]:
        """Tasks of operators by kind."""
        return Counter(task for line in self.lines for task in line.tasks)

    @cached_property
    def findings(self) -> Counter[str]:
        """Customers per code of a finding."""
        return Counter(code for line in self.lines for code in line.findings)

    @property
    def writes(self) -> int:
        """Calls that change something on Microsoft's side."""
        return sum(number for kind, number in self.steps.items() if is_write(kind))

    @property
    def reads(self) -> int:
        """Calls that only read."""
        return sum(self.steps.values()) - self.writes

    def reminders(self, number: int) -> int:
        """Mails on top if nobody answers: so many reminders to each."""
        return number * sum(1 for line in self.lines if line.to)

    def minutes(self, rates: Rates) -> dict[str, float]:
        """Least duration of each part, in minutes: api (the busier account), mail, operators."""
        busier = max(
            sum(line.source_requests for line in self.lines), sum(line.target_requests for line in self.lines)
        )
        accept = self.tasks["accept"]
        return {
            "api": busier / rates.api,
            "mail": sum(self.mails.values()) / rates.mail,
            "operators": accept * rates.accept_minutes
            + (sum(self.tasks.values()) - accept) * rates.other_minutes,
        }

    def to_json(self, rates: Rates, *, full: bool) -> dict[str, Any]:
        """The plan as JSON values; `full` with every line. What was not read is None, never 0."""
        unknown = self.nothing_read
        out: dict[str, Any] = {
            "wave": self.wave,
            "checksum": self.checksum,
            "customers": self.customers,
            "unread": self.unread,
            "subscriptions": None if unknown else self.subscriptions,
            "seats": None if unknown else self.seats,
            "transfer_requests": None if unknown else self.requests,
            "calls": {
                str(kind): {
                    "number": number,
                    "account": RULES[kind].account,
                    "repeat": str(RULES[kind].repeat),
                }
                for kind, number in self.steps.items()
            },
            "reads": self.reads,
            "writes": self.writes,
            "mails": dict(self.mails),
            "tasks": dict(self.tasks),
            "findings": dict(self.findings),
            "minutes": {name: round(value, 1) for name, value in self.minutes(rates).items()},
        }
        if full:
            out["lines"] = [asdict(line) for line in self.lines]
        return out

    def snapshot(self) -> dict[str, Any]:
        """What `changes` needs to say what changed since; small enough for a form."""
        return {
            "policy": {name: str(value) for name, value in self.policy.items()},
            "sender": self.sender,
            "lines": {line.reference: [getattr(line, name) for name in _TOLD] for line in self.lines},
        }


#: What is compared line by line, with its word.
_TOLD: dict[str, str] = {
    "name": "name",
    "to": "address",
    "language": "language",
    "subscriptions": "subscriptions that move",
    "seats": "seats",
    "requests": "transfer requests",
    "stays": "subscriptions that stay",
    "held": "subscriptions that wait for a renewal",
    "findings": "findings",
    "ends": "end",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between the reviewed plan and the present one. `reference` is empty for the plan as a whole."""

    reference: str
    text: str

    def __str__(self) -> str:
        return f"{self.reference}: {self.text}" if self.reference else self.text


class PlanChanged(BadInput):
    """The plan is not the one that was reviewed."""

    def __init__(self, found: Sequence[Change], checksum: str) -> None:
        self.found, self.checksum = tuple(found), checksum
        shown = "; ".join(str(change) for change in self.found[:5])
        more = f"; and {len(self.found) - 5} more" if len(self.found) > 5 else ""
        super().__init__(
            f"The plan has changed since it was reviewed: {shown or 'something that was not kept'}{more}.",
            remedy="Look at the plan again and launch that one.",
        )


def changes(reviewed: Mapping[str, Any], plan: WavePlan) -> list[Change]:
    """What is different now.

    Args:
        reviewed: the `snapshot` of the plan that was reviewed.
        plan: the present one.
    """
    now, out = plan.snapshot(), []
    if reviewed.get("sender") != now["sender"]:
        out.append(Change("", "the sender changed"))
    before = reviewed.get("policy", {})
    for name, value in now["policy"].items():
        if before.get(name) != value:
            out.append(Change("", f"the policy {name} was {before.get(name)}, now {value}"))
    old, new = reviewed.get("lines", {}), now["lines"]
    out += [Change(reference, "is no longer in the wave") for reference in sorted(old.keys() - new.keys())]
    out += [Change(reference, "was added") for reference in sorted(new.keys() - old.keys())]
    for reference in sorted(old.keys() & new.keys()):
        for (_, word), was, value in zip(_TOLD.items(), old[reference], new[reference], strict=True):
            if _plain(was) != _plain(value):
                out.append(Change(reference, f"{word} {_said(was)}, now {_said(value)}"))
    return out


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple | list) else value


def _said(value: Any) -> str:
    if isinstance(value, tuple | list):
        return ", ".join(str(one) for one in value) or "none"
    return str(value) or "none"


def _sum(counts: Iterable[Mapping[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return total
