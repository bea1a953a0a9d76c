"""Who the simulated customers are. Drawn from the seed and the tenant alone, so that order and speed change nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random

from novation.rehearsal.calendar import READING, next_hour


class Way(StrEnum):
    """What a customer does in the end."""

    MANDATE = "mandate"
    SELF = "self"
    DECLINE = "declined"
    ASK = "ask"  # asks first, then gives the mandate
    WITHDRAW = "withdraw"  # gives the mandate and takes it back in the same visit
    SILENT = "silent"


class Post(StrEnum):
    """Whether mail to the address on file arrives."""

    ARRIVES = "arrives"
    ELSEWHERE = "elsewhere"  # it comes back; another contact can be found
    NOWHERE = "nowhere"  # it comes back, and nobody knows another


#: Out of a hundred customers.
SHARES: tuple[tuple[int, Way, Post], ...] = (
    (70, Way.MANDATE, Post.ARRIVES),
    (10, Way.SELF, Post.ARRIVES),
    (6, Way.DECLINE, Post.ARRIVES),
    (4, Way.ASK, Post.ARRIVES),
    (4, Way.SILENT, Post.ARRIVES),
    (3, Way.MANDATE, Post.ELSEWHERE),
    (2, Way.SILENT, Post.NOWHERE),
    (1, Way.WITHDRAW, Post.ARRIVES),
)

#: One in so many answers only the first reminder.
SLOW = 9


@dataclass(frozen=True)
class Character:
    """One customer's ways."""

    way: Way
    post: Post
    after_reminder: bool
    seed: str

    def draw(self, subject: str) -> Random:
        """A source of chance for one subject, always the same."""
        return Random(f"{self.seed}|{subject}")

    def when(self, subject: str, now: datetime, longest: timedelta) -> datetime:
        """The moment at which this person gets round to something: at a reading hour, within about `longest`."""
        wanted = now + self.draw(subject).random() ** 2 * longest
        return next_hour(wanted, READING)


def character(seed: int, tenant: str) -> Character:
    """The character of one customer."""
    own = f"{seed}|{tenant}"
    draw = Random(f"{own}|character")
    weights = [share for share, _, _ in SHARES]
    _, way, post = draw.choices(SHARES, weights)[0]
    slow = draw.randrange(SLOW) == 0 and way in (Way.MANDATE, Way.SELF, Way.DECLINE)
    return Character(way, post, slow, own)
