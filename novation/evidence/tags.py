"""The closed set of things that the log can say.

A tag is `subject:action`. A tag is added with the code that records it; once written it is never renamed or given
another meaning, because bundles keep it for years.
"""

from enum import StrEnum
from typing import Final

from novation.evidence.verifier import entry_forms


class Tag(StrEnum):
    """One kind of event. The comment behind each member is its definition."""

    CUSTOMER_INVENTORIED = "customer:inventoried"  # the old account was read; the baseline is a document
    CUSTOMER_BLOCKED = "customer:blocked"  # readiness found something that must be repaired first
    CUSTOMER_READY = "customer:ready"  # nothing blocks the move any more
    CUSTOMER_UNREACHABLE = "customer:unreachable"  # every way to reach the customer was tried

    ACCOUNT_CONNECTED = (
        "account:connected"  # one of our partner accounts was connected, or its data corrected
    )
    PROGRAMME_CREATED = "programme:created"  # source, target and legal frame were laid down
    PROGRAMME_CHANGED = "programme:changed"  # a policy of the programme was changed
    WAVE_CREATED = "wave:created"  # customers were put together into a new wave, in draft
    WAVE_REVIEWED = (
        "wave:reviewed"  # the plan of a wave was reviewed; it is a document, named by its checksum
    )
    WAVE_FROZEN = "wave:frozen"  # the recipients of a wave were fixed
    WAVE_LAUNCHED = "wave:launched"  # the wave began to tell its customers
    WAVE_PAUSED = "wave:paused"  # no new sends and requests until resumed
    WAVE_RESUMED = "wave:resumed"  # the wave goes on
    WAVE_APPROVED = "wave:approved"  # a second person agreed to the launch of exactly this list
    WAVE_STOPPED = "wave:stopped"  # a stop rule paused the wave; only a person resumes it
    PROGRAMME_STOPPED = "programme:stopped"  # a stop rule paused the programme; only a person resumes it
    WAVE_FINISHED = "wave:finished"  # every customer of the wave has an end state

    NOTICE_SENT = "notice:sent"  # a mail was taken by the receiving server; the mail is a document
    NOTICE_FAILED = "notice:failed"  # a mail could not be handed over
    NOTICE_CANCELLED = "notice:cancelled"  # a mail became pointless before it was sent
    NOTICE_UNCERTAIN = (
        "notice:uncertain"  # a mail may have been delivered; nobody can say, so it is not repeated
    )
    NOTICE_DELIVERED = "notice:delivered"  # delivery was reported by the mail service
    NOTICE_BOUNCED = "notice:bounced"  # the receiving side returned the mail
    NOTICE_COMPLAINED = "notice:complained"  # the recipient reported the mail as unwanted
    NOTICE_REMINDERS_STOPPED = "notice:reminders-stopped"  # the person wants no more reminders
    NOTICE_POSTED = "notice:posted"  # a letter was sent
    RECEIPT_SENT = "receipt:sent"  # the customer got a receipt with the event and the checkpoint

    LINK_ISSUED = "link:issued"  # a personal link was made; only its hash is kept
    LINK_REVOKED = "link:revoked"  # a personal link no longer opens
    PAGE_SHOWN = "page:shown"  # a page was shown to a person; its bytes are a document
    CODE_SENT = "code:sent"  # a one-time code was sent to an address on file
    CODE_ACCEPTED = "code:accepted"  # the right code was typed
    CODE_REFUSED = "code:refused"  # a wrong or expired code was typed
    IDENTITY_PROVEN = "identity:proven"  # the person signed in with the customer's own tenant
    IDENTITY_REFUSED = (
        "identity:refused"  # a sign-in proved nothing for this customer; only the reason is kept
    )

    PAPER_UPLOADED = "paper:uploaded"  # a signed paper of the customer was filed; it binds nothing yet
    PAPER_REFUSED = "paper:refused"  # a second person looked at the paper and refused it, with the reason

    DECISION_MANDATE = "decision:mandate"  # the customer authorised us to accept on its behalf
    DECISION_SELF = "decision:self"  # the customer will accept by itself
    DECISION_DECLINED = "decision:declined"  # the customer refused
    DECISION_QUESTION = "decision:question"  # the customer asked something; its clock stands still
    DECISION_ANSWERED = "decision:answered"  # a person answered the question
    DECISION_DELEGATED = "decision:delegated"  # the customer named somebody else to decide
    DECISION_WITHDRAWN = "decision:withdrawn"  # the customer took its decision back
    MANDATE_EXPIRED = "mandate:expired"  # the mandate ran out unused

    ADMIN_ASKED = "admin:asked"  # the customer asked for an administrator account of its own
    ADMIN_MADE = (
        "admin:made"  # an operator reported that the named account exists; its first password is sealed
    )
    ADMIN_NOT_MADE = "admin:not-made"  # the account could not be made, or its first password ran out unseen
    ADMIN_HANDED_OVER = "admin:handed-over"  # the account was given to the customer and its secret changed

    RELATIONSHIP_INVITED = "relationship:invited"  # the invitation was made and shown
    RELATIONSHIP_OBSERVED = "relationship:observed"  # the target account was read and lists the customer
    RELATIONSHIP_LOST = "relationship:lost"  # the customer vanished from the target account
    RELATIONSHIP_STRANGER = (
        "relationship:stranger"  # a tenant that we did not invite appeared on the target account
    )
    RELATIONSHIP_STRANGER_JUDGED = "relationship:stranger-judged"  # a person said whose tenant it is

    AGREEMENT_OBSERVED = "agreement:observed"  # the state of Microsoft's agreement was read
    AGREEMENT_LINK_ISSUED = "agreement:link-issued"  # Microsoft's page for the customer was obtained
    AGREEMENT_LINK_WITHDRAWN = (
        "agreement:link-withdrawn"  # the link was given up, so that a fresh one is made
    )
    AGREEMENT_ACCEPTED_ON_PAGE = "agreement:accepted-on-page"  # the customer accepted on Microsoft's page
    AGREEMENT_SIGNATORY = "agreement:signatory"  # another person of the customer was named to sign
    AGREEMENT_CREATED = "agreement:created"  # the agreement was recorded at Microsoft
    AGREEMENT_VALID = "agreement:valid"  # Microsoft's record was read and is valid
    AGREEMENT_REFUSED = "agreement:refused"  # Microsoft or the customer refused
    AGREEMENT_EXPIRED = "agreement:expired"  # the attestation or its link ran out

    ACCESS_CREATED = "access:created"  # a delegated admin request was made
    ACCESS_LOCKED = "access:locked"  # the request was locked for approval
    ACCESS_APPROVED = "access:approved"  # the customer approved
    ACCESS_ACTIVE = "access:active"  # the relationship was read as active
    ACCESS_ASSIGNED = "access:assigned"  # roles were given to our groups and a probe worked
    ACCESS_REJECTED = "access:rejected"  # the customer refused delegated admin
    ACCESS_EXPIRED = "access:expired"  # nobody approved in time, or the access ended
    ACCESS_TERMINATED = "access:terminated"  # the access was ended by one side
    ACCESS_ROLE_MISSING = "access:role-missing"  # the customer approved fewer roles than were needed
    ACCESS_ASSIGNMENT_FAILED = "access:assignment-failed"  # the roles could not be given to our group
    ACCESS_EXPIRING = "access:expiring"  # the access ends soon

    TRANSFER_PLANNED = "transfer:planned"  # a batch of items was chosen
    TRANSFER_CREATED = "transfer:created"  # the target account made the request
    TRANSFER_ACCEPTED = "transfer:accepted"  # the source account accepted the request
    TRANSFER_COMPLETED = "transfer:completed"  # Microsoft's record was read as complete
    TRANSFER_FAILED = "transfer:failed"  # Microsoft refused or failed the request
    TRANSFER_EXPIRED = "transfer:expired"  # nobody accepted within Microsoft's limit
    TRANSFER_CANCELLED = "transfer:cancelled"  # the request was taken back

    ITEM_VERIFIED = "item:verified"  # the item was read on the new account and equals the baseline
    ITEM_CHANGED = "item:changed"  # the item was read and differs from the baseline
    ITEM_MISSING = "item:missing"  # the item was found on neither account
    ITEM_IN_BOTH = "item:in-both"  # the item was found on both accounts
    ITEM_TERM_CHOSEN = "item:term-chosen"  # a person chose what happens at the end of a term
    ITEM_TERM_SET = "item:term-set"  # the choice was sent to the old account
    ITEM_BOUGHT_ANEW = (
        "item:bought-anew"  # it was ordered on the new account before its term ended on the old one
    )
    ITEM_REPLACED = "item:replaced"  # what was bought anew was read on the new account and compared
    ITEM_TERM_ENDED = "item:term-ended"  # a term ended on the old account; what became of it was read
    ITEM_LICENCES = "item:licences"  # licences assigned to users were compared, before and after

    BILLING_CUT_OVER = "billing:cut-over"  # our own invoices follow the new account

    OLD_SIDE_GDAP_ENDED = "old-side:gdap-ended"  # delegated admin of the old account was ended
    OLD_SIDE_RBAC_REMOVED = "old-side:rbac-removed"  # Azure rights of the old account were removed
    OLD_SIDE_RBAC_KEPT = "old-side:rbac-kept"  # Azure rights of the old account stay, on purpose
    OLD_SIDE_RELATIONSHIP_REMOVED = "old-side:relationship-removed"  # the old account let the customer go
    OLD_SIDE_PARKED = "old-side:parked"  # the old relationship stays, on purpose and empty

    MOVE_CREATED = "move:created"  # the customer joined the programme
    MOVE_REVERSED = "move:reversed"  # a move back was begun, as a new move with its own consent
    MOVE_STAGE_CHANGED = "move:stage-changed"  # the derived stage is another one now
    MOVE_TRACK_CHANGED = "move:track-changed"  # a track went on; the entry says which, and why
    MOVE_PAUSED = "move:paused"  # nothing new is begun for this customer
    MOVE_RESUMED = "move:resumed"  # the move goes on
    MOVE_CLOSED = "move:closed"  # everything was verified and the customer was told
    MOVE_STAYS = "move:stays"  # the customer stays on the old account to the end of the term

    STEP_INTENT = "step:intent"  # a call that changes the other side is about to be made
    STEP_OUTCOME = "step:outcome"  # the answer to such a call; request and answer are a document
    STEP_UNKNOWN = "step:unknown"  # the call was made and no answer came
    STEP_SETTLED = "step:settled"  # an unanswered call was looked up and its effect is known

    OPERATION_ASKED = "operation:asked"  # somebody asked for a change outside a move
    OPERATION_CHANGED = "operation:changed"  # an operation went on or ended; the entry says how, and why

    TASK_OPENED = "task:opened"  # a person has to do something
    TASK_LEASED = "task:leased"  # one operator took the task
    TASK_RELEASED = "task:released"  # the operator gave the task back, or the lease ran out
    TASK_APPROVED = "task:approved"  # a second person approved
    TASK_DONE = "task:done"  # the operator reported the task as done; a reading must confirm it

    OPERATOR_SIGNED_IN = "operator:signed-in"  # an operator entered the console
    OPERATOR_REFUSED = "operator:refused"  # a sign-in failed
    OPERATOR_VIEWED_SECRET = "operator:viewed-secret"  # noqa: S105 - a secret was shown for seconds to one operator
    OPERATOR_APPROVED = "operator:approved"  # an operator approved something outside a task
    OPERATOR_EXPORTED = "operator:exported"  # an operator took evidence or a list out
    OPERATOR_BULK_CONFIRMED = (
        "operator:bulk-confirmed"  # an operator confirmed an act on many customers, and why
    )
    OPERATOR_BULK_ENDED = "operator:bulk-ended"  # how that act ended: for how many it was done and not done
    OPERATOR_CHANGED = "operator:changed"  # an operator's account or rights were changed

    TEXT_CHANGED = "text:changed"  # a text that customers see got a new version; it is a document
    SETTING_CHANGED = "setting:changed"  # a setting got a new value; secrets only as a hash

    CERTIFICATE_ISSUED = "certificate:issued"  # a certificate was made; its hash is in the event
    LOG_KEY_CHANGED = "log:key-changed"  # the log key was replaced by a signed hand-over
    LOG_ERASED = "log:erased"  # personal values or documents were erased, and why


#: What the customer's person said with effect; each needs more than a link (A1 at least).
BINDING_DECISIONS: Final = frozenset(map(Tag, entry_forms.BINDING_DECISIONS))
#: Whatever the customer's person said on its page.
DECISIONS: Final = BINDING_DECISIONS | {Tag.DECISION_QUESTION, Tag.DECISION_DELEGATED}
#: Tags whose checkpoint is signed at once, so that what was said is out of our hands within seconds.
SIGNED_AT_ONCE: Final = DECISIONS | {Tag.DECISION_ANSWERED}
