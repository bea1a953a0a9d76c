"""Who the simulated customers are. Drawn from the seed and the tenant alone, so that order and speed change nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random

from novation.rehearsal.calendar import CUSTOMER_HOURS, next_hour


class Behaviour(StrEnum):
    """What a customer does in the end."""

    MANDATE = "mandate"
    SELF = "self"
    DECLINE = "declined"
    ASK = "ask"  # asks first, then gives the mandate
    WITHDRAW = "withdraw"  # gives the mandate and takes it back in the same visit
    SILENT = "silent"


class Reachability(StrEnum):
    """Whether mail to the address on file arrives."""

    ARRIVES = "arrives"
    ELSEWHERE = "elsewhere"  # it comes back; another contact can be found
    NOWHERE = "nowhere"  # it comes back, and nobody knows another


#: Out of a hundred customers.
SHARES: tuple[tuple[int, Behaviour, Reachability], ...] = (
    (70, Behaviour.MANDATE, Reachability.ARRIVES),
    (10, Behaviour.SELF, Reachability.ARRIVES),
    (6, Behaviour.DECLINE, Reachability.ARRIVES),
    (4, Behaviour.ASK, Reachability.ARRIVES),
    (4, Behaviour.SILENT, Reachability.ARRIVES),
    (3, Behaviour.MANDATE, Reachability.ELSEWHERE),
    (2, Behaviour.SILENT, Reachability.NOWHERE),
    (1, Behaviour.WITHDRAW, Reachability.ARRIVES),
)

#: One in so many answers only the first reminder.
SLOW_ONE_IN = 9


@dataclass(frozen=True)
class Persona:
    """One customer's ways."""

    behaviour: Behaviour
    reachability: Reachability
    after_reminder: bool
    seed: str

    def random_for(self, subject: str) -> Random:
        """A source of chance for one subject, always the same."""
        return Random(f"{self.seed}|{subject}")

    def pick_time(self, subject: str, now: datetime, longest: timedelta) -> datetime:
        """The moment at which this person gets round to something: at a reading hour, within about `longest`."""
        wanted = now + self.random_for(subject).random() ** 2 * longest
        return next_hour(wanted, CUSTOMER_HOURS)


def create_persona(seed: int, tenant: str) -> Persona:
    """Draws the persona of one customer."""
    own = f"{seed}|{tenant}"
    draw = Random(f"{own}|character")
    weights = [share for share, _, _ in SHARES]
    _, behaviour, reachability = draw.choices(SHARES, weights)[0]
    answers = behaviour in (Behaviour.MANDATE, Behaviour.SELF, Behaviour.DECLINE)
    slow = draw.randrange(SLOW_ONE_IN) == 0 and answers
    return Persona(behaviour, reachability, slow, own)
