"""Bugs to plant: each is a small change that breaks a promise, with the test that must notice it.

The soak applies each of them to a copy of the tree and sees that its test fails; the quick suite sees that each
still fits the code, so that the list does not grow stale.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bug:
    """`old` stands once in `file` and becomes `new`; then `test` must fail."""

    name: str
    file: str
    old: str
    new: str
    test: str


_CLAIMS = "tests/engine/test_claims.py::"
_UNKNOWN = "tests/engine/test_unknown_outcomes.py::"
_FAILURES = "tests/engine/test_failures.py::"
_SECOND = "tests/engine/test_second_thoughts.py::"

BUGS = (
    Bug(
        "a write without its intent",
        "novation/engine/prepare.py",
        """            if is_write(do.step)
            else None""",
        """            if False
            else None""",
        "tests/engine/test_whole_moves.py::test_every_write_has_its_intent_before_its_outcome",
    ),
    Bug(
        "an unknown outcome counts as a failure and is sent again",
        "novation/engine/outcomes.py",
        "elif result.outcome is CallOutcome.UNKNOWN and step is not None:",
        "elif False:",
        _UNKNOWN + "test_an_effect_whose_answer_was_lost_is_found_and_not_repeated",
    ),
    Bug(
        "the fence is not compared",
        "novation/engine/claims.py",
        "return move.lease_owner == owner and move.fence == fence",
        "return move.lease_owner == owner",
        _CLAIMS + "test_an_engine_that_slept_beyond_its_lease_is_fenced_off_from_itself",
    ),
    Bug(
        "late outcomes are taken",
        "novation/engine/claims.py",
        "return move.lease_owner == owner and move.fence == fence",
        "return True",
        _CLAIMS + "test_an_outcome_of_a_lost_claim_is_refused",
    ),
    Bug(
        "the fence does not rise with a claim",
        "novation/engine/claims.py",
        'fence=F("fence") + 1',
        'fence=F("fence")',
        _CLAIMS + "test_an_outcome_of_a_lost_claim_is_refused",
    ),
    Bug(
        "the lease is not looked at before sending",
        "novation/engine/step.py",
        "if now >= work.lease_until:",
        "if False:",
        _CLAIMS + "test_a_call_is_not_sent_after_its_lease",
    ),
    Bug(
        "a lease that has run out as soon as it begins",
        "novation/engine/claims.py",
        "    until = now + clock.real(LEASE)\n",
        "    until = now\n",
        _CLAIMS + "test_a_row_is_claimed_by_one_engine",
    ),
    Bug(
        "intents of a dead engine are forgotten",
        "novation/engine/prepare.py",
        "for pk in steps.with_open_intents([row.pk for row in rows], RECONCILERS[table].column):",
        "for pk in list[int]():",
        _CLAIMS + "test_an_intent_that_its_engine_left_open_becomes_unknown",
    ),
    Bug(
        "what is looked up is not what was sent",
        "novation/engine/prepare.py",
        'data = {**step.request, "intent_at": step.intent_at.isoformat()}',
        'data = {"intent_at": step.intent_at.isoformat()}',
        _CLAIMS + "test_an_intent_that_its_engine_left_open_becomes_unknown",
    ),
    Bug(
        "claims of living engines are taken over",
        "novation/engine/claims.py",
        "if (own if name == owner else not alive(name))]",
        "if own]",
        _CLAIMS + "test_a_living_engines_claims_are_left_alone",
    ),
    Bug(
        "claims of dead engines are not taken over",
        "novation/engine/claims.py",
        "    except ProcessLookupError:\n        return False",
        "    except ProcessLookupError:\n        return True",
        _CLAIMS + "test_a_dead_engines_claims_are_taken_over_at_once",
    ),
    Bug(
        "no quiet period before an effect is held not to have happened",
        "novation/engine/outcomes.py",
        "if result.outcome is CallOutcome.NOT_DONE and now >= (step.outcome_at or step.intent_at) + quiet:",
        "if result.outcome is CallOutcome.NOT_DONE:",
        _UNKNOWN + "test_a_call_that_had_no_effect_is_sent_again_after_the_quiet_period",
    ),
    Bug(
        "new requests while an effect is in doubt",
        "novation/domain/decide.py",
        "        return earliest(waits)  # nothing new is begun while an effect is in doubt",
        "        waits = []",
        "tests/domain/test_decide.py::test_decide_follows_its_table",
    ),
    Bug(
        "a poisoned row is tried again at once",
        "novation/engine/prepare.py",
        'claims.release_lease(row, due_at=now + clock.real(pause), why=why, who="engine")',
        'claims.release_lease(row, due_at=now, why=why, who="engine")',
        _FAILURES + "test_a_poisoned_row_is_pushed_back_and_shown_while_others_go_on",
    ),
    Bug(
        "a failed reading is tried again ever as soon",
        "novation/engine/outcomes.py",
        "pause = max(error.after, steps.backoff(step.tries))",
        "pause = error.after",
        _FAILURES + "test_a_failing_reading_is_tried_again_ever_later",
    ),
    Bug(
        "an answer that cannot be taken in is lost",
        "novation/engine/outcomes.py",
        "if step is not None and not work.settle:\n            kept",
        "if False:\n            kept",
        _FAILURES + "test_an_answer_that_cannot_be_taken_in_is_not_lost",
    ),
    Bug(
        "a decision does not wake the engine",
        "novation/moves/services/tracks.py",
        'Move.objects.filter(pk=move.pk).update(due_at=at, due_class="")',
        "pass",
        _CLAIMS + "test_a_decision_during_a_call_is_looked_at_right_after",
    ),
    Bug(
        "a pause does not hold back requests",
        "novation/domain/decide.py",
        "        return not is_write(decision.step) and not decision.sets\n",
        "        return True\n",
        "tests/domain/test_decide.py::test_decide_follows_its_table",
    ),
    Bug(
        "a class of calls may take every place",
        "novation/engine/call_groups.py",
        "        if self.free > self._kept:",
        "        if self.free > 0:",
        "tests/engine/test_classes.py::test_every_group_finds_a_place_whatever_another_does",
    ),
    Bug(
        "every engine has the whole budget to itself",
        "novation/engine/accounts.py",
        "        budget=DatabaseBudget(slug, pace, longest),\n",
        "",
        "tests/engine/test_shared_budget.py::test_an_account_is_opened_with_the_budget_of_all_engines",
    ),
    Bug(
        "calls stop counting as soon as they are answered",
        "novation/partnercenter/shared_window.py",
        "            if used:\n",
        "            if False:\n",
        "tests/partnercenter/test_shared_window.py::test_the_limit_holds_for_all_together",
    ),
    Bug(
        "a mail whose sender died is sent again",
        "novation/notices/delivery/recovering.py",
        "notice.state = Notice.State.CANCELLED if code else Notice.State.UNCERTAIN",
        "notice.state = Notice.State.CANCELLED if code else Notice.State.QUEUED",
        "tests/notices/test_sending.py",
    ),
    Bug(
        "an item with other seats counts as verified",
        "novation/domain/verify.py",
        "    return _kin(item, seen) and item.ends == seen.ends and not any(_differences(item, seen))",
        "    return _kin(item, seen)",
        "tests/domain/test_verify.py",
    ),
    Bug(
        "the log is locked before a row",
        "novation/moves/services/tracks.py",
        "    found = _LOCKED([move_id])",
        "    __import__('novation.evidencelog.services.events', fromlist=['x']).lock_log()\n"
        "    found = _LOCKED([move_id])",
        "tests/engine/test_log_locked_last.py::test_who_has_recorded_and_not_committed_holds_up_nobody",
    ),
    Bug(
        "an entry outlives its savepoint",
        "novation/transactions.py",
        "        self._deferred = [one for one in self._deferred if sid not in one.deferred_in]\n",
        "",
        "tests/evidencelog/test_written_last.py",
    ),
    Bug(
        "rights of the old account that nobody approved are to be ended",
        "novation/domain/rules/closeout.py",
        "facts.old_grant.status in gdap.ACTIVE:",
        "facts.old_grant.status in gdap.ALIVE:",
        "tests/engine/test_old_access.py::test_a_request_that_nobody_approved_does_not_hold_up_the_end",
    ),
    Bug(
        "operations are not claimed",
        "novation/engine/claims.py",
        "(Operation, Move)",
        "(Move,)",
        "tests/engine/test_operations.py::test_moves_and_operations_are_claimed_in_one_look_and_people_come_first",
    ),
    Bug(
        "a call goes to the account of another programme",
        "novation/engine/reconcile_moves.py",
        "return {role: account.slug for role, account in row.programme.accounts_by_role().items()}",
        'return {"source": "source", "target": "target"}',
        "tests/engine/test_programmes_side_by_side.py::test_work_carries_the_accounts_of_its_programme",
    ),
    Bug(
        "what may have been sent runs out as if it had not",
        "novation/domain/operations/decide.py",
        "    if waits:\n        return earliest(waits)\n",
        "",
        "tests/domain/test_operations.py::test_an_operation_follows_its_table",
    ),
    Bug(
        "a rule takes what was not read for nothing",
        "novation/domain/facts.py",
        "            raise NotLoaded(name) if name in type(self).__dataclass_fields__ else AttributeError(name)",
        """            if name == "batches":
                return ()
            raise NotLoaded(name) if name in type(self).__dataclass_fields__ else AttributeError(name)""",
        "tests/engine/test_late_withdrawal.py::test_who_withdraws_during_the_hand_over_has_moved_and_is_called",
    ),
)
