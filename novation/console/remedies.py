"""What a person can do about a state that stands still: one plain sentence for each, shown on the customer's page."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from novation.domain.tracks import STATES, Code, Track

Words = Promise | str

#: States in which somebody may ask "and now?".
ASKED = frozenset({Code.ACT, Code.STAY, Code.UNKNOWN})

REMEDIES: dict[tuple[Track, str], Words] = {
    (Track.NOTICE, "blocked"): _("Find somebody to write to: the task is in the queue."),
    (Track.NOTICE, "uncertain"): _(
        "It is not known whether the mail arrived; it is not sent twice. Call if in doubt."
    ),
    (Track.NOTICE, "bounced"): _("Find another contact: the task is in the queue."),
    (Track.NOTICE, "undeliverable"): _(
        "If a contact turns up, add it; the customer can then still be informed."
    ),
    (Track.NOTICE, "skipped"): _("If a contact turns up, add it; the customer can then still be informed."),
    (Track.DECISION, "question"): _("Answer it; reminders and deadlines are on hold until then."),
    (Track.DECISION, "silent"): _(
        "Call a number on file. Nobody can agree by telephone; silence is never a yes."
    ),
    (Track.DECISION, "declined"): _(
        "Respect it. The customer’s own page stays open in case the decision changes."
    ),
    (Track.DECISION, "withdrawn"): _(
        "What was not yet done was stopped; the timeline shows the rest. The page stays open for another decision."
    ),
    (Track.DECISION, "unreachable"): _(
        "The customer stays until the end of the terms. A later answer on its page still counts."
    ),
    (Track.ADMIN, "needed"): _(
        "The customer needs an admin account of its own that can sign in with a second factor."
    ),
    (Track.RELATIONSHIP, "task"): _("Accept the new account on the mandate: the task is in the queue."),
    (Track.RELATIONSHIP, "stalled"): _(
        "Offer help on the customer’s own screen, or suggest that the customer authorises us instead."
    ),
    (Track.RELATIONSHIP, "lost"): _(
        "The customer removed the new account: call and ask why. Pending requests were cancelled with it."
    ),
    (Track.AGREEMENT, "refused"): _("Call the customer. Without the agreement, nothing can be moved."),
    (Track.AGREEMENT, "retake"): _(
        "Microsoft takes no second confirmation by the same person (600061): name somebody else who may sign."
    ),
    (Track.ACCESS, "expiring"): _(
        "Extend the rights in Partner Center, or ask for new ones. The move is not held up."
    ),
    (Track.ACCESS, "short"): _(
        "Roles cannot be added to approved rights: request new ones, or continue without."
    ),
    (Track.ACCESS, "unassigned"): _("Check that our security group exists, then let the engine retry."),
    (Track.ACCESS, "rejected"): _(
        "The move continues; users cannot be supported until the customer approves."
    ),
    (Track.ACCESS, "ended"): _(
        "Call the customer and ask whether this was intended. The transfer does not need these rights."
    ),
    (Track.ACCESS, "degraded"): _(
        "Ask for the rights again once the customer is willing; the button is above."
    ),
    (Track.TRANSFER, "failed"): _(
        "See which items failed and why; try again, or leave them with the old account."
    ),
    (Track.TRANSFER, "expired"): _(
        "Nobody accepted within 30 days. Create it again only if that is still wanted."
    ),
    (Track.TRANSFER, "wrong"): _(
        "Compare the items marked below. In both accounts: end one. In neither: open a case with Microsoft today."
    ),
    (Track.TRANSFER, "stopped"): _("Try again, or leave the customer with the old account."),
    (Track.CLOSEOUT, "stays"): _("Choose what happens at the end of each term; the list is below."),
}


def remedy(track: Track, state: str) -> str:
    """What can be done about it; empty when nothing need be."""
    return str(REMEDIES.get((track, state), ""))


def lacking() -> list[tuple[Track, str]]:
    """States that stand still and have no remedy: there must be none."""
    return [
        (track, state)
        for track, states in STATES.items()
        for state, how in states.items()
        if how.code in ASKED and (track, state) not in REMEDIES
    ]
