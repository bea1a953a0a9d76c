"""Rules of the notice and the decision: telling the customer, reminding, calling, never assuming a yes."""

from __future__ import annotations

from datetime import datetime

from novation.domain import states
from novation.domain.facts import Facts
from novation.domain.next_action import MakeCall, NextAction, OpenTask, SendNotice, SetTracks, Wait
from novation.domain.steps import StepKind, TaskKind, TaskOutcome
from novation.domain.tracks import Track, Who


def notice(facts: Facts, now: datetime) -> NextAction | None:
    """Announcement, and what follows when it cannot be delivered."""
    state = facts.track(Track.NOTICE)
    if state in states.TO_BE_TOLD:
        judged = _judged(facts, now) if facts.blockers else None
        if judged is not None:
            return judged
        if facts.has_contact:
            return SendNotice(purpose="announcement", why="to be told", sets={Track.NOTICE: "queued"})
        if TaskKind.FIND_CONTACT in facts.open_tasks:
            return Wait(until=None, who=Who.OPERATOR, why="another contact is looked for")
        if _ended(facts, TaskKind.FIND_CONTACT, Track.NOTICE) is TaskOutcome.NONE_FOUND:
            return SetTracks(
                why="there is nobody to write to",
                sets={
                    Track.NOTICE: "undeliverable" if state == "bounced" else "skipped",
                    Track.CLOSEOUT: "stays",
                },
            )
        why = "The mail came back: find another contact." if state == "bounced" else "No contact is on file."
        sets = {Track.NOTICE: "blocked"} if state == "none" else {}
        return OpenTask(task=TaskKind.FIND_CONTACT, why=why, sets=sets)
    if state == "queued":
        return Wait(until=None, who=Who.ENGINE, why="the mail is being sent")
    return None


def _judged(facts: Facts, now: datetime) -> NextAction | None:
    """Something forbids the move as it is: nobody is told before one of our people has judged it."""
    if TaskKind.REVIEW in facts.open_tasks:
        return Wait(until=None, who=Who.OPERATOR, why="a blocker is to be judged")
    state = facts.track(Track.NOTICE)
    # A review that ended before the blocker was shown was about something else.
    outcome = None if state == "none" else _ended(facts, TaskKind.REVIEW, Track.NOTICE)
    if outcome is TaskOutcome.GO_ON:
        return None  # accepted as it is
    mended_at = facts.ended_tasks[TaskKind.REVIEW][1] if outcome is TaskOutcome.RETRY else None
    if mended_at is not None and (facts.baseline_at is None or facts.baseline_at <= mended_at):
        return MakeCall(step=StepKind.READ_BASELINE, why="a blocker was mended: is it gone?")
    why = f"Readiness found what forbids this move: {', '.join(facts.blockers)}. See the customer's page."
    sets = {Track.NOTICE: "blocked"} if state == "none" else {}
    return OpenTask(task=TaskKind.REVIEW, why=why, sets=sets)


def answer(facts: Facts, now: datetime) -> NextAction | None:
    """From being asked to a decision, or to a call, or to a stay. Silence is never consent."""
    state, policy = facts.track(Track.DECISION), facts.policy
    if state == "none":
        return (
            SetTracks(why="told", sets={Track.DECISION: "asked"})
            if facts.track(Track.NOTICE) in states.MAX_UNCERTAIN_LOGGED
            else None
        )
    if state in states.AWAITED:
        if facts.track(Track.NOTICE) == "bounced":
            return None  # nobody has our letter; first another contact is found
        if TaskKind.ANSWER in facts.open_tasks:
            return Wait(until=None, who=Who.OPERATOR, why="a question waits for its answer")
        told = facts.notice("announcement")
        start = told.at + facts.clock_stopped if told else facts.since.get(Track.DECISION, now)
        for number, after in enumerate(policy.reminders, start=1):
            if facts.has_contact and facts.notice(f"reminder-{number}") is None:
                due = start + after
                if due <= now:
                    return SendNotice(purpose=f"reminder-{number}", why="no answer yet")
                return Wait(until=due, who=Who.CUSTOMER, why="waits for the customer's answer")
        # A question or a colleague's turn stops the clock: the period counts from the last change.
        due = max(start + policy.answer_within, facts.since.get(Track.DECISION, start) + policy.reminders[0])
        if due <= now:
            return OpenTask(
                task=TaskKind.CALL,
                why="No answer to the announcement and the reminders: call the number on file.",
                sets={Track.DECISION: "silent"},
            )
        return Wait(until=due, who=Who.CUSTOMER, why="waits for the customer's answer")
    if state == "silent":
        if TaskKind.CALL in facts.open_tasks:
            return Wait(until=None, who=Who.OPERATOR, why="is to be called")
        outcome = _ended(facts, TaskKind.CALL, Track.DECISION)
        if outcome is TaskOutcome.REACHED:
            return SetTracks(why="somebody was reached and will decide", sets={Track.DECISION: "asked"})
        if outcome is TaskOutcome.NO_ANSWER:
            return SetTracks(
                why="nobody could be reached",
                sets={Track.DECISION: "unreachable", Track.CLOSEOUT: "stays"},
            )
        return OpenTask(task=TaskKind.CALL, why="No answer: call the number on file.")
    if state == "question":
        if TaskKind.ANSWER in facts.open_tasks:
            return Wait(until=None, who=Who.OPERATOR, why="a question waits for its answer")
        if _ended(facts, TaskKind.ANSWER, Track.DECISION) is not None:
            return SetTracks(why="the question was answered", sets={Track.DECISION: "asked"})
        return OpenTask(task=TaskKind.ANSWER, why="The customer asks something.")
    unused = facts.track(Track.RELATIONSHIP) not in states.MANDATE_USED
    if state == "mandate" and unused and facts.mandate_until is not None and facts.mandate_until <= now:
        return SetTracks(why="the mandate ran out unused", sets={Track.DECISION: "asked"})
    if state == "unreachable":
        return SetTracks(
            why="stays with the old account to the end of its terms", sets={Track.CLOSEOUT: "stays"}
        )
    return None


def _ended(facts: Facts, kind: TaskKind, track: Track) -> TaskOutcome | None:
    """How the task of this round ended; one that ended before the track came here belongs to an earlier round."""
    ended = facts.ended_tasks.get(kind)
    if ended is None or (track in facts.since and ended[1] < facts.since[track]):
        return None
    return ended[0]
