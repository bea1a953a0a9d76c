"""What others ask of this app: queue a mail, make or find a link, issue or check a code, answer a question."""

from novation.notices.services.accounts import account_made
from novation.notices.services.answers import answer
from novation.notices.services.codes import check_code, issue_code, open_code, read_out_code
from novation.notices.services.links import link_for, link_url, resolve, revoke, send_link
from novation.notices.services.outbox import queue
from novation.notices.services.signed_documents import approve_paper

__all__ = [
    "account_made",
    "answer",
    "approve_paper",
    "check_code",
    "issue_code",
    "link_for",
    "link_url",
    "open_code",
    "queue",
    "read_out_code",
    "resolve",
    "revoke",
    "send_link",
]
