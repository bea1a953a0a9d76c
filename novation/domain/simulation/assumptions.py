"""What a forecast assumes of customers, operators and Microsoft. A pilot gives better figures than any of these."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from novation.domain.errors import BadInput
from novation.domain.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """Shares are between 0 and 1; hours of the day are in the programme's time zone (UTC in the model)."""

    mandate: float = 0.70  # let us act
    self: float = 0.10  # do it themselves
    declined: float = 0.07  # say no
    ask: float = 0.04  # ask first, then let us act; who is in none of the four says nothing
    bounced: float = 0.05  # mail to the address on file comes back
    found: float = 0.60  # of those, another contact is found
    slow: float = 0.11  # of those who answer, so many only after the first reminder
    answer_days: float = 4.0  # longest time to an answer; most are quicker
    late_days: float = 2.0  # the same after a reminder
    agreement_hours: float = 6.0  # longest time from the decision to Microsoft's agreement page
    self_days: float = 1.0  # longest time of who accepts alone
    read_at: tuple[int, ...] = (10, 16)  # hours at which customers read mail
    workdays: int = 5  # days of the week on which anybody works or reads, from Monday
    operators: int = 2  # people at the queue at the same time
    opens_at: tuple[int, ...] = (8,)  # hours at which the operators begin
    office_hours: float = 6.0  # hours of work from each beginning
    accept_minutes: float = 8.0  # one acceptance on a mandate, both people together
    other_minutes: float = 10.0  # one call, question or search for a contact
    again: float = 0.05  # acceptances that must be done twice
    microsoft_hours: float = 5.0  # longest processing of one transfer request; any time up to it is alike
    look_hours: float = 1.0  # until the engine sees what happened on Microsoft's side
    api_rate: float = 500.0  # calls a minute, of one account
    mail_rate: float = 20.0  # mails a minute
    calls_before: int = 14  # calls for one customer up to its transfer
    calls_per_request: int = 8  # calls for each transfer request
    calls_after: int = 6  # calls for verification and clean-up
    policy: Policy = field(default_factory=Policy)

    def __post_init__(self) -> None:
        shares = (
            self.mandate,
            self.self,
            self.declined,
            self.ask,
            self.bounced,
            self.found,
            self.slow,
            self.again,
        )
        if not all(0 <= share <= 1 for share in shares) or sum(shares[:4]) > 1 + 1e-9:
            raise BadInput("Shares lie between 0 and 1, and those of the answers add up to 1 at most.")
        if min(self.api_rate, self.mail_rate, self.operators) <= 0 or not 1 <= self.workdays <= 7:
            raise BadInput("Rates and operators are more than 0, workdays from 1 to 7.")
        if not self.opens_at or not self.read_at or not 0 < self.office_hours <= 24:
            raise BadInput("Somebody must work and read at some hour.")

    @property
    def silent(self) -> float:
        """The share that never answers."""
        return max(0.0, 1 - self.mandate - self.self - self.declined - self.ask)

    def to_json(self) -> dict[str, Any]:
        """The assumptions as JSON values, without the policy."""
        return {one.name: getattr(self, one.name) for one in fields(self) if one.name != "policy"}
