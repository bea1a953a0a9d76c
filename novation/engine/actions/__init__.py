"""One coroutine per step: makes the call with the client and returns plain values. No database here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from novation.domain.steps import StepKind
from novation.engine.actions import accepting, buying, moving, reading
from novation.engine.actions.calls import Accounts
from novation.engine.work import Result, Work

Action = Callable[[Accounts, Work], Awaitable[Result]]

#: The call of each step.
CALLS: dict[StepKind, Action] = {
    StepKind.READ_BASELINE: reading.baseline,
    StepKind.READ_INVITATION: reading.invitation,
    StepKind.READ_RELATIONSHIP: reading.relationship,
    StepKind.READ_AGREEMENT: reading.agreement,
    StepKind.READ_ATTESTATION: reading.attestation,
    StepKind.READ_ACCESS: reading.access,
    StepKind.READ_TRANSFERS: reading.transfers,
    StepKind.READ_TRANSFER: reading.transfer,
    StepKind.VERIFY: reading.both_sides,
    StepKind.READ_OLD_SIDE: reading.old_side,
    StepKind.CREATE_ATTESTATION: accepting.create_attestation,
    StepKind.CREATE_AGREEMENT: accepting.create_agreement,
    StepKind.CREATE_ACCESS: accepting.create_access,
    StepKind.LOCK_ACCESS: accepting.lock_access,
    StepKind.ASSIGN_ACCESS: accepting.assign_access,
    StepKind.CREATE_TRANSFER: moving.create_transfer,
    StepKind.ACCEPT_TRANSFER: moving.accept_transfer,
    StepKind.CANCEL_TRANSFER: moving.cancel_transfer,
    StepKind.RESTORE_SETTING: moving.restore_setting,
    StepKind.END_OLD_ACCESS: moving.end_old_access,
    StepKind.REMOVE_RELATIONSHIP: moving.remove_relationship,
    StepKind.SET_TERM_END: moving.set_term_end,
    StepKind.PREPARE_ORDER: buying.prepare_order,
    StepKind.PLACE_ORDER: buying.place_order,
    StepKind.READ_ORDER: buying.read_order,
}

#: How the unknown outcome of each writing step is looked up.
LOOK_UPS: dict[StepKind, Action] = {
    StepKind.CREATE_ATTESTATION: accepting.create_attestation,  # the same key again; see domain.steps
    StepKind.CREATE_AGREEMENT: accepting.look_up_agreement,
    StepKind.CREATE_ACCESS: accepting.look_up_access,
    StepKind.LOCK_ACCESS: accepting.look_up_lock,
    StepKind.ASSIGN_ACCESS: accepting.look_up_assignment,
    StepKind.CREATE_TRANSFER: moving.look_up_transfer,
    StepKind.ACCEPT_TRANSFER: moving.look_up_acceptance,
    StepKind.CANCEL_TRANSFER: moving.look_up_cancellation,
    StepKind.RESTORE_SETTING: moving.look_up_setting,
    StepKind.END_OLD_ACCESS: moving.look_up_old_access,
    StepKind.REMOVE_RELATIONSHIP: moving.look_up_removal,
    StepKind.SET_TERM_END: moving.look_up_term_end,
    StepKind.PREPARE_ORDER: buying.prepare_order,  # the same key again; see domain.steps
    StepKind.PLACE_ORDER: buying.look_up_order,
}
