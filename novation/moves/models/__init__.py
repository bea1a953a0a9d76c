"""What is stored of a programme. Writes go through `novation.moves.services`, reads through `selectors`."""

from novation.moves.models.admin_account import AdminAccount
from novation.moves.models.allowance import Allowance, EngineRun
from novation.moves.models.customer import Contact, Customer, Snapshot
from novation.moves.models.decision import Decision, Message
from novation.moves.models.event import (
    Checkpoint,
    Document,
    Event,
    LogHead,
    LogKey,
    LogNode,
    Stamp,
    Takeout,
    WitnessMail,
)
from novation.moves.models.hint import Hint
from novation.moves.models.item import Attestation, Batch, Grant, Item, ItemPrice
from novation.moves.models.move import Move
from novation.moves.models.programme import Account, Halt, Programme, Wave, WaveApproval
from novation.moves.models.secret import Secret
from novation.moves.models.signed_document import Paper
from novation.moves.models.step import Step
from novation.moves.models.task import Approval, Task
from novation.moves.models.unexpected_customer import Stranger

__all__ = [
    "Account",
    "AdminAccount",
    "Allowance",
    "Approval",
    "Attestation",
    "Batch",
    "Checkpoint",
    "Contact",
    "Customer",
    "Decision",
    "Document",
    "EngineRun",
    "Event",
    "Grant",
    "Halt",
    "Hint",
    "Item",
    "ItemPrice",
    "LogHead",
    "LogKey",
    "LogNode",
    "Message",
    "Move",
    "Paper",
    "Programme",
    "Secret",
    "Snapshot",
    "Stamp",
    "Step",
    "Stranger",
    "Takeout",
    "Task",
    "Wave",
    "WaveApproval",
    "WitnessMail",
]
