"""The periods and limits of a programme. All are settings of the programme; these are the defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Any

from novation.domain.errors import BadInput

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How long we wait, and how much at once. Durations are in programme time."""

    reminders: tuple[timedelta, ...] = (7 * DAY, 14 * DAY)  # after the announcement
    answer_within: timedelta = 21 * DAY  # then somebody calls
    mandate_lasts: timedelta = 91 * DAY  # an unused mandate ends then
    second_approver: bool = True  # acceptance on a mandate needs two people
    baseline_age: timedelta = DAY  # read again before a transfer is planned
    relationship_every: timedelta = 6 * HOUR  # how often we look for it
    relationship_patience: timedelta = 10 * DAY  # then we help or call
    check_patience: timedelta = 4 * HOUR  # an acceptance not observed by then goes back to the queue
    agreement_every: timedelta = 6 * HOUR  # how often we look for it
    agreement_remind: timedelta = 3 * DAY  # after the link was shown and not used
    agreement_patience: timedelta = 21 * DAY  # then a person helps
    attestation_minutes: int = 10_080  # longest life of Microsoft's link (vendor-reported: 5 to 10,080)
    access_every: timedelta = HOUR  # how often we look at the request
    access_patience: timedelta = 14 * DAY  # then the move goes on without delegated admin
    access_days: int = 730  # page delegatedAdminRelationship: at most P2Y
    access_requests: int = 2  # a request that ran out is made anew until there were so many
    access_recheck: timedelta = 7 * DAY  # how often rights that we hold are looked at again
    access_warning: timedelta = 30 * DAY  # before they end, a person extends them
    transfer_every: timedelta = HOUR  # how often we look at a running transfer
    look_share: int = 25  # per cent of a wait that pass before the next look; 0: looks never grow rare
    look_longest: timedelta = DAY  # and the longest pause between two looks that comes of it
    activity_every: timedelta = (
        HOUR  # how often both activity logs are read, which name whom to look at; 0: never
    )
    activity_lag: timedelta = 6 * HOUR  # a record may come so late (no page says how late)
    activity_spares: int = (
        4  # so many times rarer are single looks meanwhile; 1: as often as without the logs
    )
    transfer_type: int = 3  # 3 or 5; Microsoft's pages disagree (partner-center-api 7.2)
    transfer_patience: timedelta = 5 * DAY  # longer in processing: a person asks Microsoft
    batch_size: int = 25  # items in one transfer (vendor-reported limit)
    guard_window: timedelta = 7 * DAY  # no transfer so close before a renewal
    choose_before: tuple[timedelta, ...] = (60 * DAY, 30 * DAY)  # before a term ends: ask what then
    buy_before: timedelta = DAY  # before a term ends: what was chosen to be bought anew is bought so early
    clean_after: timedelta = 2 * DAY  # rest between verification and clean-up
    remove_relationship: bool = True  # otherwise the empty old relationship is parked
    keep_people: timedelta = 3650 * DAY  # after the end of a move; then erasing its people is due
    settle_every: timedelta = 2 * MINUTE  # of real time: how often an unknown outcome is looked up
    settle_quiet: timedelta = 10 * MINUTE  # of real time: not seen for so long, it did not happen
    arrive_within: timedelta = DAY  # after completion; what is not seen by then is an alarm
    region: str = ""  # where the new account may sell: a region's name or country codes; empty is not checked
    papers_age: timedelta = 14 * DAY  # agreements and foreign transfers are read again on the source
    wave_customers: int = 1_000  # a wave of more customers is an unsafe plan
    wave_seats: int = 50_000  # a wave of more seats is an unsafe plan
    renewal_ahead: timedelta = 14 * DAY  # a renewal so soon after the launch is close
    renewal_share: int = 25  # per cent of a wave's customers with a close renewal; more is an unsafe plan
    accept_minutes: int = 8  # an operator's time for one acceptance, both people together; for forecasts
    second_launcher: bool = True  # a wave is launched by two people
    pilot_largest: int = 50  # a larger wave goes out only after a smaller one was told
    mail_from: int = 8  # first hour in which campaign mails may go out, by the customer's clock
    mail_until: int = 17  # and the hour in which that ends; the same hour twice: at any time
    mail_workdays: bool = True  # no campaign mails on Saturday and Sunday
    stop_bounces: int = 50  # per 1,000: more mails that came back stop the wave
    stop_bounces_of: int = 200  # counted over the last so many mails; 0: no such rule
    stop_complaints: int = 1  # per 1,000: more complaints stop the wave
    stop_complaints_of: int = 1_000  # counted over the last so many mails; 0: no such rule
    stop_failures: int = 100  # per 1,000: more calls that failed for good stop the programme
    stop_failures_of: int = 100  # counted over the last so many calls; 0: no such rule

    def not_faster_than(self, floor: timedelta) -> Policy:
        """The same policy, with no reading repeated more often than every `floor` of programme time.

        In a rehearsal programme time runs so fast that hourly readings would flood the other side.
        """
        return replace(
            self,
            relationship_every=max(self.relationship_every, floor),
            agreement_every=max(self.agreement_every, floor),
            access_every=max(self.access_every, floor),
            transfer_every=max(self.transfer_every, floor),
            activity_every=max(self.activity_every, floor) if self.activity_every else self.activity_every,
            activity_spares=self.activity_spares if floor <= self.transfer_every else 1,
            check_patience=max(self.check_patience, floor * 8),
        )

    def to_json(self) -> dict[str, Any]:
        """The policy as JSON values; durations in seconds."""
        out: dict[str, Any] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, tuple):
                out[field.name] = [part.total_seconds() for part in value]
            else:
                out[field.name] = value.total_seconds() if isinstance(value, timedelta) else value
        return out

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Policy:
        """Reads what `to_json` wrote; missing settings take their default.

        Raises:
            BadInput: a name that is no setting, so that a misspelt one is not silently ignored.
        """
        known = {field.name: field for field in fields(cls)}
        for name in values:
            if name not in known:
                raise BadInput(
                    f"There is no policy setting {name!r}.", remedy="See docs/reference/settings.md."
                )
        read: dict[str, Any] = {}
        for name, value in values.items():
            default = known[name].default
            if isinstance(default, tuple):
                read[name] = tuple(timedelta(seconds=part) for part in value)
            elif isinstance(default, timedelta):
                read[name] = timedelta(seconds=value)
            else:
                read[name] = value
        return cls(**read)
