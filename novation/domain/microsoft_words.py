"""Status words of Microsoft's, in small letters, by what they mean. Words not listed here mean "not known yet".

Pages and vendors use several words side by side for one state of a transfer (partner-center-api 7.5). Graph's words
for admin rights stand in `gdap`.
"""

from __future__ import annotations

from typing import Final

Words = frozenset[str]

#: A subscription that is owned and billed (page subscription resources).
SUBSCRIPTION_ALIVE: Final[Words] = frozenset({"active", "suspended", "pending"})
#: One that a transfer takes.
SUBSCRIPTION_MOVABLE: Final[Words] = frozenset({"active", "pending"})
#: One that is sold now, whatever order may be open.
SUBSCRIPTION_SOLD: Final[Words] = frozenset({"active", "suspended"})
#: One that has come to its end.
SUBSCRIPTION_OVER: Final[Words] = frozenset({"deleted", "expired"})

#: Of a partial one, verification finds line by line what moved and what did not.
TRANSFER_COMPLETE: Final[Words] = frozenset({"complete", "completed", "partiallycomplete"})
TRANSFER_MOVING: Final[Words] = frozenset({"inprogress", "active", "processing"})
TRANSFER_EXPIRED: Final[Words] = frozenset({"expired"})
TRANSFER_CANCELLED: Final[Words] = frozenset(
    {"cancel", "cancelled", "canceled", "reject", "rejected", "withdraw", "withdrawn"}
)
TRANSFER_FAILED: Final[Words] = frozenset({"failed", "error"})
#: Not accepted, or not through.
TRANSFER_RUNNING: Final[Words] = TRANSFER_MOVING | {"pending"}
TRANSFER_OVER: Final[Words] = TRANSFER_COMPLETE | TRANSFER_EXPIRED | TRANSFER_CANCELLED | TRANSFER_FAILED

#: Status words of an attestation (vendor-reported).
ATTESTATION_ACCEPTED: Final[Words] = frozenset({"accepted", "finalised", "finalized", "valid", "completed"})
ATTESTATION_REFUSED: Final[Words] = frozenset({"refused", "rejected", "declined"})
ATTESTATION_RAN_OUT: Final[Words] = frozenset({"expired", "not found"})
