"""Sets of states, each once and under a name: which states mean the same is a rule like any other.

The states themselves and what may follow each stand in `tracks`; Graph's words for admin rights in `gdap`; other words
of Microsoft's in `microsoft_words`. `tests/domain/test_states.py` forbids such sets anywhere else.
"""

from __future__ import annotations

from typing import Final

from novation.domain.facts import BatchState, ItemState

States = frozenset[str]

# -- the notice -----------------------------------------------------------------------------------------------

#: The customer may have our letter.
MAX_UNCERTAIN_LOGGED: Final[States] = frozenset({"sent", "uncertain"})
#: Nothing could be delivered: another contact or a letter is needed.
UNDELIVERED: Final[States] = frozenset({"blocked", "bounced"})
#: The announcement is still to be sent.
TO_BE_TOLD: Final[States] = UNDELIVERED | {"none"}
#: No announcement has left us yet.
NOT_TOLD: Final[States] = TO_BE_TOLD | {"queued"}
#: The announcement is under way and has not been taken for certain.
TELLING: Final[States] = frozenset({"queued", "uncertain"})
#: A mail that comes back may be this announcement.
MAY_COME_BACK: Final[States] = MAX_UNCERTAIN_LOGGED | {"queued"}
#: The answer of a mail server says why.
SERVER_SAYS_WHY: Final[States] = frozenset({"uncertain", "bounced"})
#: Nobody will be written to.
NOT_WRITTEN_TO: Final[States] = frozenset({"skipped", "undeliverable"})

# -- the decision ---------------------------------------------------------------------------------------------

#: It lets us go on. Nothing else does.
CONSENTED: Final[States] = frozenset({"mandate", "self"})
#: The customer does not want to, or no longer.
REFUSED: Final[States] = frozenset({"declined", "withdrawn"})
#: It says how it goes on; a question or a colleague's name only stops the clock.
FINAL: Final[States] = CONSENTED | REFUSED
#: What the page asks for, in its order. None is chosen for the customer.
CHOICES: Final = ("mandate", "self", "declined", "question", "delegated")
#: It must be said by somebody entitled, on more than a link alone. An administrator account is asked for likewise.
BINDING: Final[States] = FINAL | {"admin"}
#: The customer is asked, or a colleague is; nobody has to act but they.
AWAITED: Final[States] = frozenset({"asked", "delegated"})
#: One of our people calls or answers first.
NEEDS_A_CALL: Final[States] = frozenset({"question", "silent"})
#: It was heard or looked for, and is no decision yet.
NO_DECISION_YET: Final[States] = NEEDS_A_CALL | {"delegated"}
#: Asked, and somebody must say something still.
UNDECIDED: Final[States] = AWAITED | NEEDS_A_CALL
#: A question now stops the clock; later it is a message like any other.
QUESTION_COUNTS: Final[States] = UNDECIDED | {"unreachable"}
#: The customer has not turned to us by any means but the announcement.
NO_ACT: Final[States] = frozenset({"none", "asked", "silent"})
#: Nothing was answered that a reminder would have to take into account.
UNANSWERED: Final[States] = NO_ACT | {"delegated"}
#: No answer to count.
NO_ANSWER: Final[States] = frozenset({"none", "asked"})
#: A move that had ended with the old account goes on when this is said.
GOES_ON: Final[States] = CONSENTED | {"question", "delegated"}
#: Nobody accepts on a mandate, or is helped with accepting, after this was said.
ENDS_OUR_ACCEPTING: Final[States] = REFUSED | {"self"}
#: It is said with words of the customer's own.
IN_OWN_WORDS: Final[States] = frozenset({"question", "declined"})
#: A relationship may come any day: wanted, or still asked for.
MAY_ACCEPT: Final[States] = CONSENTED | {"asked"}

# -- the administrator ----------------------------------------------------------------------------------------

#: The customer's own administrator accepts.
ADMIN_THEIRS: Final[States] = frozenset({"theirs", "needed"})
#: Nobody has found that one is missing.
ADMIN_NOT_MISSED: Final[States] = frozenset({"none", "theirs"})

# -- the relationship -----------------------------------------------------------------------------------------

#: The mandate was used, or seems to have been.
MANDATE_USED: Final[States] = frozenset({"accepted", "checking"})
#: Not accepted, and none of our people is at it.
LEFT_TO_CUSTOMER: Final[States] = frozenset({"none", "waiting", "stalled"})
#: Not accepted, and not left to the customer either.
NOT_LEFT_TO_CUSTOMER: Final[States] = frozenset({"none", "task", "checking"})
#: To be read again when the customer comes by: it may have accepted just now.
PERHAPS_ACCEPTED: Final[States] = frozenset({"waiting", "checking", "stalled"})
#: The new account does not see the customer.
NOT_RELATED: Final[States] = LEFT_TO_CUSTOMER | NOT_LEFT_TO_CUSTOMER | {"lost"}

# -- the agreement --------------------------------------------------------------------------------------------

#: The customer has done its part, as far as is known.
AGREED: Final[States] = frozenset({"accepted", "recorded", "valid"})
#: The customer has nothing (more) to do on Microsoft's page.
SIGNED: Final[States] = frozenset({"accepted", "valid"})
#: A link to Microsoft's page is to be made.
LINK_NEEDED: Final[States] = frozenset({"preparing", "expired"})
#: There is a link that a fresh one can replace.
LINK_REPLACEABLE: Final[States] = frozenset({"issued", "refused"})
#: A mail about the agreement still makes sense.
AGREEMENT_ASKED: Final[States] = LINK_NEEDED | {"none", "issued"}
#: It starts anew when somebody else is to sign.
STARTS_ANEW: Final[States] = LINK_REPLACEABLE | {"expired", "accepted"}
#: Somebody else may still sign.
AGREEMENT_OPEN: Final[States] = AGREEMENT_ASKED | STARTS_ANEW | {"retake"}

# -- delegated admin rights -----------------------------------------------------------------------------------

#: Our group holds the rights.
RIGHTS_USABLE: Final[States] = frozenset({"usable", "expiring"})
#: As it should be, or gone on without.
RIGHTS_SETTLED: Final[States] = frozenset({"usable", "degraded"})
#: The transfer may begin; a refusal of these rights alone does not hold it up.
RIGHTS_READY: Final[States] = RIGHTS_USABLE | RIGHTS_SETTLED
#: The customer did not give them.
RIGHTS_NOT_GIVEN: Final[States] = frozenset({"rejected", "expired"})
#: The customer gave them, and they are in force.
RIGHTS_GIVEN: Final[States] = frozenset({"active", "usable", "expiring", "short", "unassigned"})
#: The rights, or what was asked for, were alive when they were last read.
RIGHTS_HELD: Final[States] = RIGHTS_GIVEN | {"approved"}
#: In force, with the roles that we need as far as was read.
RIGHTS_WHOLE: Final[States] = frozenset({"active", "usable"})
#: The approval is seen for the first time.
RIGHTS_AWAITED: Final[States] = frozenset({"pending", "approved", "preparing"})
#: The same, or the move had gone on without.
RIGHTS_NEW: Final[States] = RIGHTS_AWAITED | {"degraded"}
#: An approval may still come for our request.
APPROVAL_COUNTS: Final[States] = RIGHTS_NEW - {"preparing"}
#: To be read again when the customer comes by: it may have approved just now.
PERHAPS_APPROVED: Final[States] = frozenset({"pending", "approved"})
#: Microsoft's page of our request shows something.
APPROVAL_SHOWN: Final[States] = PERHAPS_APPROVED | RIGHTS_WHOLE
#: They may be asked for once more.
ASK_AGAIN: Final[States] = frozenset({"degraded", "rejected", "ended", "short"})

# -- the transfer ---------------------------------------------------------------------------------------------

#: Everything that could move has moved.
MOVED: Final[States] = frozenset({"verified", "nothing"})
#: Nothing is planned yet.
UNPLANNED: Final[States] = frozenset({"none", "held"})
#: Nothing has been handed over in this attempt.
NOTHING_HANDED_OVER: Final[States] = UNPLANNED | {"planned", "requested", "expired", "stopped"}
#: No request is under way, and the move may go on to one.
AT_REST: Final[States] = UNPLANNED | {"failed", "stopped"}
#: None, and none was found to be needed.
NOT_BEGUN: Final[States] = UNPLANNED | {"stopped"}
#: A person judges how it goes on.
JUDGED: Final[States] = frozenset({"failed", "expired", "wrong", "stopped"})
#: Its share of items says how far it is.
IN_PROGRESS: Final[States] = frozenset({"requested", "moving", "arrived"})

# -- the end --------------------------------------------------------------------------------------------------

#: The move has come to its end on the new account.
CLOSED: Final[States] = frozenset({"closed", "parked"})
#: Something stays with the old account to the end of its terms.
OLD_SIDE_LEFT: Final[States] = frozenset({"stays", "parked"})
#: Nothing is left to do in this move.
ENDED: Final[States] = CLOSED | OLD_SIDE_LEFT

# -- items and transfer requests ------------------------------------------------------------------------------

#: Sold by the old account.
ON_SOURCE: Final = frozenset({ItemState.IN_OLD, ItemState.STAYS})
#: Sold by the new account alone.
ON_TARGET: Final = frozenset({ItemState.VERIFIED, ItemState.CHANGED})
#: On both sides or on none: a person is called.
IN_DOUBT: Final = frozenset({ItemState.IN_BOTH, ItemState.IN_NEITHER})
#: Not the same as before, or nowhere, or twice.
ODD: Final = IN_DOUBT | {ItemState.CHANGED}
#: Exists at Microsoft and has not come to its end.
REQUESTED: Final = frozenset({BatchState.PENDING, BatchState.MOVING})
#: To be requested, or under way.
BATCH_OPEN: Final = REQUESTED | {BatchState.PLANNED}
#: The source has handed its items over.
HANDED_OVER: Final = frozenset({BatchState.MOVING, BatchState.COMPLETE})
#: It came to an end, and moved nothing or not all.
BATCH_FAILED: Final = frozenset({BatchState.EXPIRED, BatchState.CANCELLED, BatchState.FAILED})
