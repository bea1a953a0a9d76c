"""Rules between the decision and the transfer: who can sign in, the relationship, the agreement, the access."""

from __future__ import annotations

from datetime import datetime, timedelta

from novation.domain import states
from novation.domain.activity import rarer
from novation.domain.facts import Facts
from novation.domain.gdap import ALIVE
from novation.domain.next_action import MakeCall, NextAction, OpenTask, SendNotice, SetTracks, Wait
from novation.domain.policy import Policy
from novation.domain.steps import StepKind, TaskKind, TaskOutcome
from novation.domain.tracks import Track, Who


def said_yes(facts: Facts, now: datetime) -> bool:
    """True when a decision lets us go on; a mandate that has run out does not."""
    decision = facts.track(Track.DECISION)
    if decision == "mandate" and facts.mandate_until is not None and facts.mandate_until <= now:
        return facts.track(Track.RELATIONSHIP) in states.MANDATE_USED
    return decision in states.CONSENTED


def read_again(
    last: datetime | None, every: timedelta, now: datetime, step: StepKind, why: str
) -> MakeCall | Wait:
    """A reading that is due, or the time at which it will be."""
    if last is None or last + every <= now:
        return MakeCall(step=step, why=why)
    return Wait(until=last + every, who=Who.CUSTOMER, why=why)


def spaced(every: timedelta, since: datetime, now: datetime, policy: Policy) -> timedelta:
    """The pause before the next look at what has been waited for: it grows with the wait.

    What has not come for a week seldom comes within the next hour, and thousands who wait would be looked at all day.

    Args:
        every: the shortest pause.
        since: when the wait began.
        now: programme time.
        policy: says which share of the wait, and at most how long.
    """
    return max(every, min((now - since) * policy.look_share / 100, policy.look_longest))


def admin(facts: Facts, now: datetime) -> NextAction | None:
    """Whose administrator accepts follows from the decision."""
    decision, state = facts.track(Track.DECISION), facts.track(Track.ADMIN)
    if decision == "mandate" and state != "ours":
        return SetTracks(why="we accept on the customer's mandate", sets={Track.ADMIN: "ours"})
    if decision == "self" and state not in states.ADMIN_THEIRS:
        return SetTracks(why="the customer's own administrator accepts", sets={Track.ADMIN: "theirs"})
    return None


def relationship(facts: Facts, now: datetime) -> NextAction | None:
    """The invitation, accepted by the customer's admin or by an operator on its mandate; believed when read."""
    state, policy = facts.track(Track.RELATIONSHIP), facts.policy
    if not said_yes(facts, now):
        return None
    if state == "accepted":
        if facts.relationship_read_at is None:
            return MakeCall(
                step=StepKind.READ_RELATIONSHIP, why="the new account seems not to list it any more"
            )
        return None
    if state == "lost":
        if TaskKind.REVIEW in facts.open_tasks:
            return Wait(until=None, who=Who.OPERATOR, why="the relationship was removed again")
        ended = facts.ended_tasks.get(TaskKind.REVIEW)
        if ended and ended[1] >= facts.since.get(Track.RELATIONSHIP, now):
            return SetTracks(why="it is asked for again", sets={Track.RELATIONSHIP: "none"})
        return OpenTask(task=TaskKind.REVIEW, why="The customer removed the relationship: ask what it wants.")
    if not facts.invitation_known:
        return MakeCall(
            step=StepKind.READ_INVITATION, why="the invitation of the new account is not known yet"
        )
    mandate = facts.track(Track.DECISION) == "mandate"
    if state in states.LEFT_TO_CUSTOMER and mandate:
        return OpenTask(
            task=TaskKind.ACCEPT,
            why="The customer authorised us to accept the new account.",
            sets={Track.RELATIONSHIP: "task"},
        )
    if state in states.NOT_LEFT_TO_CUSTOMER and not mandate:
        return SetTracks(why="the customer accepts it itself", sets={Track.RELATIONSHIP: "waiting"})
    since = facts.since.get(Track.RELATIONSHIP, now)
    if state == "task":
        return _acceptance_task(facts, now, since)
    if state == "checking":
        if since + policy.check_patience <= now:
            return OpenTask(
                task=TaskKind.ACCEPT,
                why="It was said to be accepted, but the new account does not show it.",
                sets={Track.RELATIONSHIP: "task"},
            )
        pause = policy.check_patience / 8
        return read_again(
            _after(facts.relationship_read_at, since),
            pause,
            now,
            StepKind.READ_RELATIONSHIP,
            "was it accepted?",
        )
    if state == "waiting":
        if since + policy.relationship_patience <= now:
            return OpenTask(
                task=TaskKind.HELP,
                why="The customer wanted to accept itself and has not: offer help.",
                sets={Track.RELATIONSHIP: "stalled"},
            )
        unsaid = facts.has_contact and facts.notice("self-reminder") is None
        if unsaid and since + policy.relationship_patience / 2 <= now:
            return SendNotice(purpose="self-reminder", why="has not accepted yet")
    if state == "stalled" and TaskKind.HELP not in facts.open_tasks:
        ended = facts.ended_tasks.get(TaskKind.HELP)
        if ended and ended[1] >= since:
            if ended[0] is TaskOutcome.REACHED:
                return SetTracks(why="help was given", sets={Track.RELATIONSHIP: "waiting"})
            return SetTracks(why="not accepted, and nobody could help", sets={Track.CLOSEOUT: "stays"})
        return OpenTask(task=TaskKind.HELP, why="The customer has not accepted: offer help.")
    return read_again(
        facts.relationship_read_at,
        spaced(policy.relationship_every, since, now, policy),
        now,
        StepKind.READ_RELATIONSHIP,
        "waits for the customer to accept",
    )


def _acceptance_task(facts: Facts, now: datetime, since: datetime) -> NextAction:
    if TaskKind.ACCEPT in facts.open_tasks:
        return Wait(until=None, who=Who.OPERATOR, why="an operator accepts on the mandate")
    ended = facts.ended_tasks.get(TaskKind.ACCEPT)
    if ended and ended[1] >= since:
        if ended[0] in (TaskOutcome.DONE, TaskOutcome.UNKNOWN):
            return SetTracks(why="to be seen on the new account", sets={Track.RELATIONSHIP: "checking"})
        again = ended[1] + facts.policy.check_patience
        if again > now:
            return Wait(until=again, who=Who.OPERATOR, why="was not done; goes back to the queue")
    return OpenTask(task=TaskKind.ACCEPT, why="The customer authorised us to accept the new account.")


def agreement(facts: Facts, now: datetime) -> NextAction | None:
    """Microsoft's customer agreement: its own act of the customer's person, never ours."""
    state, policy = facts.track(Track.AGREEMENT), facts.policy
    if state == "valid" or not said_yes(facts, now):
        return None
    accepted = facts.track(Track.RELATIONSHIP) == "accepted"
    if accepted and facts.agreement_read_at is None:
        return MakeCall(step=StepKind.READ_AGREEMENT, why="perhaps it is on record already")
    if state == "retake":
        return _another_signatory(facts, now, accepted=accepted)
    if state == "none":
        return MakeCall(
            step=StepKind.CREATE_ATTESTATION,
            why="the customer needs the link to Microsoft's agreement",
            sets={Track.AGREEMENT: "preparing"},
        )
    if state in states.LINK_NEEDED:
        sets = {Track.AGREEMENT: "preparing"} if state == "expired" else {}
        return MakeCall(step=StepKind.CREATE_ATTESTATION, why="the link is needed", sets=sets)
    if state == "accepted":
        if not accepted:
            return Wait(until=None, who=Who.CUSTOMER, why="recorded when the relationship stands")
        return MakeCall(step=StepKind.CREATE_AGREEMENT, why="accepted on Microsoft's page")
    if state == "recorded":
        late = facts.since.get(Track.AGREEMENT, now) + policy.agreement_patience <= now
        if late and TaskKind.REVIEW not in facts.open_tasks:
            return _agreement_judged(facts, now, "Microsoft does not show the agreement that was recorded.")
        return read_again(
            facts.agreement_read_at, policy.access_every, now, StepKind.READ_AGREEMENT, "is it on record?"
        )
    if state == "refused":
        if TaskKind.REVIEW in facts.open_tasks:
            return Wait(until=None, who=Who.OPERATOR, why="the agreement was refused")
        return _agreement_judged(facts, now, "The customer refused Microsoft's agreement: speak to it.")
    return _agreement_issued(facts, now, accepted=accepted)


def _another_signatory(facts: Facts, now: datetime, *, accepted: bool) -> NextAction:
    """Microsoft takes no second confirmation by the same person (error 600061): somebody else signs."""
    if not accepted:
        return Wait(
            until=None, who=Who.CUSTOMER, why="perhaps it is on record: read when the relationship stands"
        )
    if TaskKind.SIGNATORY in facts.open_tasks:
        return Wait(until=None, who=Who.OPERATOR, why="another signatory is looked for")
    ended = facts.ended_tasks.get(TaskKind.SIGNATORY)
    if ended and ended[1] >= facts.since.get(Track.AGREEMENT, now):
        if ended[0] is TaskOutcome.FOUND:
            return SetTracks(why="somebody else signs", sets={Track.AGREEMENT: "preparing"})
        return SetTracks(why="nobody else can sign the agreement", sets={Track.CLOSEOUT: "stays"})
    return OpenTask(
        task=TaskKind.SIGNATORY,
        why="Microsoft has a confirmation by this person already that does not count any more: name somebody else.",
    )


def _agreement_judged(facts: Facts, now: datetime, why: str) -> NextAction:
    ended = facts.ended_tasks.get(TaskKind.REVIEW)
    if ended and ended[1] >= facts.since.get(Track.AGREEMENT, now):
        return SetTracks(why="to be asked again", sets={Track.AGREEMENT: "preparing"})
    return OpenTask(task=TaskKind.REVIEW, why=why)


def _agreement_issued(facts: Facts, now: datetime, *, accepted: bool) -> NextAction:
    policy, link = facts.policy, facts.attestation
    if link is None or (link.expires_at is not None and link.expires_at <= now and link.status != "accepted"):
        return SetTracks(why="the link ran out", sets={Track.AGREEMENT: "expired"})
    if TaskKind.HELP not in facts.open_tasks:
        new = facts.signatory_at
        asked = [
            n.at for n in facts.notices if n.purpose == "agreement-reminder" and (not new or n.at >= new)
        ]
        asked_at = min(asked, default=None)
        remind_at = new or link.issued_at + policy.agreement_remind  # who is new to it is told at once
        if asked_at is None and remind_at <= now:
            if facts.has_contact:
                return SendNotice(
                    purpose="agreement-reminder", why="Microsoft's agreement is still to be accepted"
                )
            asked_at = remind_at
        ended = facts.ended_tasks.get(TaskKind.HELP)
        if ended and ended[0] is TaskOutcome.STOP and ended[1] >= link.issued_at:
            return SetTracks(why="stays with the old account", sets={Track.CLOSEOUT: "stays"})
        fresh = asked_at if ended is None or asked_at is None else max(asked_at, ended[1])
        if fresh is not None and fresh + policy.agreement_patience <= now:
            return OpenTask(task=TaskKind.HELP, why="Microsoft's agreement is not accepted: offer help.")
    if accepted:
        read = facts.agreement_read_at
        if read is not None and read + 4 * policy.agreement_every <= now:
            return MakeCall(step=StepKind.READ_AGREEMENT, why="perhaps it was accepted at Microsoft directly")
    return read_again(
        link.read_at,
        spaced(policy.agreement_every, link.issued_at, now, policy),
        now,
        StepKind.READ_ATTESTATION,
        "waits for Microsoft's agreement",
    )


def access(facts: Facts, now: datetime) -> NextAction | None:
    """Delegated admin rights for the new account. They are advised before the transfer, not required."""
    state, policy = facts.track(Track.ACCESS), facts.policy
    if not said_yes(facts, now):
        return None
    if state in states.RIGHTS_SETTLED:
        return _still_so(facts, now)
    if state == "none":
        return MakeCall(
            step=StepKind.CREATE_ACCESS, why="access is to be asked for", sets={Track.ACCESS: "preparing"}
        )
    grant = facts.grant
    if state == "preparing":
        asked_anew = grant is not None and grant.created_at < facts.since.get(Track.ACCESS, grant.created_at)
        if grant is None or grant.status not in ALIVE or asked_anew:
            return MakeCall(step=StepKind.CREATE_ACCESS, why="access is to be asked for")
        if grant.status == "created":
            return MakeCall(step=StepKind.LOCK_ACCESS, why="made ready for the customer's approval")
        return read_again(grant.read_at, policy.access_every, now, StepKind.READ_ACCESS, "is it ready?")
    if state == "expired" and facts.access_requests < policy.access_requests:
        return SetTracks(why="the request ran out: a new one is made", sets={Track.ACCESS: "preparing"})
    if state in states.RIGHTS_NOT_GIVEN:
        return SetTracks(why="the move goes on without delegated admin", sets={Track.ACCESS: "degraded"})
    if state in TROUBLE:
        return _access_judged(facts, now)
    if state == "active" and (grant is None or not grant.assigned or grant.failed):
        return MakeCall(step=StepKind.ASSIGN_ACCESS, why="approval gives nothing until a group is assigned")
    ready = facts.track(Track.RELATIONSHIP) == "accepted" and facts.track(Track.AGREEMENT) == "valid"
    if ready:
        waited_for = [Track.RELATIONSHIP, Track.AGREEMENT]
        if state != "pending":
            waited_for.append(Track.ACCESS)
        if max(facts.since.get(track, now) for track in waited_for) + policy.access_patience <= now:
            return SetTracks(
                why="not usable in time; the move goes on without it", sets={Track.ACCESS: "degraded"}
            )
    every = policy.access_every
    if state == "pending":
        every = rarer(policy.access_every * 6, policy, followed=facts.followed)
        every = spaced(every, facts.since.get(Track.ACCESS, now), now, policy)
    return read_again(
        grant.read_at if grant else None,
        every,
        now,
        StepKind.READ_ACCESS,
        "waits for the customer's approval",
    )


def _still_so(facts: Facts, now: datetime) -> NextAction | None:
    """Rights that we hold, or a request that still stands, are looked at again now and then."""
    if facts.track(Track.TRANSFER) not in states.AT_REST:
        return None  # a transfer that runs needs no rights, and is looked at often enough
    grant, every = facts.grant, facts.policy.access_recheck
    if grant is None or grant.status not in ALIVE:
        return None
    return read_again(grant.read_at, every, now, StepKind.READ_ACCESS, "are the rights still there?")


#: States of the access that an operator judges, each with what is wrong and what to do.
TROUBLE = {
    "ended": "The delegated admin rights were ended: ask the customer whether it meant to. "
    "Ask for them again, or go on without.",
    "expiring": "The delegated admin rights run out soon: extend them in Partner Center, or ask for new ones.",
    "short": "The customer approved fewer roles than we need. Roles cannot be added later: ask for new rights, "
    "or go on without.",
    "unassigned": "Microsoft could not give the roles to our security group: check that the group exists and is a "
    "security group, then try again.",
}


def _access_judged(facts: Facts, now: datetime) -> NextAction:
    """A person looks at the rights; the move does not wait for that for ever."""
    state, policy = facts.track(Track.ACCESS), facts.policy
    since = facts.since.get(Track.ACCESS, now)
    ended = facts.ended_tasks.get(TaskKind.ACCESS)
    if ended and ended[1] >= since:
        if ended[0] is TaskOutcome.RETRY:
            again = "active" if state == "unassigned" else "usable" if state == "expiring" else "preparing"
            return SetTracks(why="judged by an operator", sets={Track.ACCESS: again})
        return SetTracks(why="the move goes on without delegated admin", sets={Track.ACCESS: "degraded"})
    if since + policy.access_patience <= now and state != "expiring":
        return SetTracks(
            why="nobody mended the rights; the move goes on without", sets={Track.ACCESS: "degraded"}
        )
    if TaskKind.ACCESS not in facts.open_tasks:
        return OpenTask(task=TaskKind.ACCESS, why=TROUBLE[state])
    until = None if state == "expiring" else since + policy.access_patience
    return Wait(until=until, who=Who.OPERATOR, why="an operator looks at the delegated admin rights")


def _after(moment: datetime | None, start: datetime) -> datetime | None:
    """`moment`, unless it lies before `start`: such a reading says nothing about what came later."""
    return moment if moment is not None and moment >= start else None
