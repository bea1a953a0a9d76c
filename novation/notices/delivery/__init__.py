"""The way of a mail: claimed with a lease, sent without the database, its outcome recorded.

`claim` and `record` are short transactions; between them `send` speaks to the mail server, in a thread of the
engine. A claim is the intent: a mail whose sender died is never sent again blindly, it is listed as uncertain.
"""

from novation.notices.delivery.claiming import Outgoing, claim, may_go
from novation.notices.delivery.recording import bounced, delivered, record, record_all
from novation.notices.delivery.recovering import recover
from novation.notices.delivery.sending import Delivery, send

__all__ = [
    "Delivery",
    "Outgoing",
    "bounced",
    "claim",
    "delivered",
    "may_go",
    "record",
    "record_all",
    "recover",
    "send",
]
