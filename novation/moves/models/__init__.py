"""What is stored of programmes and moves. Writes go through `novation.moves.services`, reads through `selectors`."""

from novation.moves.models.admin_account import AdminAccount
from novation.moves.models.bulk_act import BulkAct, BulkItem
from novation.moves.models.decision import Decision, Message
from novation.moves.models.item import Attestation, Batch, Grant, Item, ItemPrice
from novation.moves.models.move import Move
from novation.moves.models.programme import CircuitBreak, Programme, Wave, WaveApproval
from novation.moves.models.signed_document import SignedDocument
from novation.moves.models.unexpected_customer import UnexpectedCustomer

__all__ = [
    "AdminAccount",
    "Attestation",
    "Batch",
    "BulkAct",
    "BulkItem",
    "CircuitBreak",
    "Decision",
    "Grant",
    "Item",
    "ItemPrice",
    "Message",
    "Move",
    "Programme",
    "SignedDocument",
    "UnexpectedCustomer",
    "Wave",
    "WaveApproval",
]
