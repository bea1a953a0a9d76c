"""What a mail that comes back to us means: pure reading of one message.

Understands delivery reports (RFC 3464), complaint reports (RFC 5965), automatic replies (RFC 3834), and the
plain words of servers that follow none of these. A message that fits nothing is taken for a person's reply, so
that somebody reads it.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from email.message import Message
from enum import StrEnum

from novation.notices.inbound import bounce_words as words
from novation.notices.inbound import mime
from novation.notices.inbound.mime import Unreadable, header, part_of

log = logging.getLogger(__name__)


class Kind(StrEnum):
    """What came back."""

    BOUNCED = "bounced"  # the address does not work
    REFUSED = "refused"  # the address may work, but this mail was not delivered: policy, size, full, too late
    DELAYED = "delayed"  # still being tried
    DELIVERED = "delivered"  # a report of success
    COMPLAINT = "complaint"  # the recipient reported it as unwanted
    GONE = "gone"  # an automatic reply: the person has left the company
    AUTO_REPLY = "auto-reply"  # out of office, ticket number, thank-you
    HELD = "held"  # kept back until somebody releases it
    STOP = "stop"  # "no more reminders"
    REPLY = "reply"  # a person wrote
    UNREADABLE = "unreadable"  # not made as messages are: a person must look at it


@dataclass(frozen=True, slots=True)
class Report:
    """The reading of one message.

    Args:
        kind: see Kind.
        message_id: our Message-ID that it speaks of; empty when none is found.
        reference: our reference, from the Message-ID or the subject; upper case, or empty.
        status: enhanced status code such as 5.1.1, or the SMTP code; empty when there is none.
        detail: the telling line, at most 300 characters.
        text: what a person wrote, without the quotation below it; only for replies.
        sender: the From line, as it claims; it proves nothing.
        subject: the Subject line, as it claims.
    """

    kind: Kind
    message_id: str = ""
    reference: str = ""
    status: str = ""
    detail: str = ""
    text: str = ""
    sender: str = ""
    subject: str = ""


#: Our own Message-IDs: reference, purpose and attempt, twelve hex digits. Every repetition has a bound, so that no
#: text makes the search long.
OURS = re.compile(
    r"<([a-z]{1,3}-\d{4}-\d{4})\.[a-z0-9-]{1,40}-\d{1,6}\.[0-9a-f]{12}@[^<>\s]{1,255}>", re.IGNORECASE
)
REFERENCE = re.compile(r"\b[A-Z]{1,3}-\d{4}-\d{4}\b")
#: Characters of a server's prose that are searched for its reason.
LONGEST_REASON = 20_000
#: Characters of the longest line in which a quotation may begin.
LONGEST_LINE = 1_000

_ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_SMTP = re.compile(r"(?:^|[\s(:#<])([45]\d\d)[\s\-:]", re.MULTILINE)

#: Enhanced codes (RFC 3463) of final failures that say nothing against the address itself.
_NOT_THE_ADDRESS = re.compile(r"[45]\.(?:2\.[23]|3\.\d+|4\.\d+|5\.\d+|6\.\d+|7\.\d+|1\.8)$")


def read(raw: bytes) -> Report:
    """Reads one message as it arrived. Never raises, whatever the bytes are.

    What no reader here understands is `Kind.UNREADABLE`, with the reason as its detail.
    """
    try:
        return _read(raw)
    except Unreadable as reason:
        said = str(reason)
    except Exception as error:
        log.exception("A message could not be read.", extra={"action": "mail_unreadable"})
        said = f"{type(error).__name__} while it was read."
    sender, subject = _claims(raw)
    return Report(Kind.UNREADABLE, detail=said[:300], sender=sender, subject=subject)


def _read(raw: bytes) -> Report:
    message = mime.parse(raw)
    body = mime.text_of(message)
    message_id, reference = _ours(message, raw)
    kind, status, detail = _judge(message, body)
    text = _own_words(body) if kind is Kind.REPLY else ""
    return Report(
        kind,
        message_id,
        reference,
        status,
        mime.clean(" ".join(detail[:2_000].split())[:300]),
        text,
        header(message, "From"),
        header(message, "Subject"),
    )


def _claims(raw: bytes) -> tuple[str, str]:
    """The From and Subject lines of what cannot be parsed: the first lines that begin so."""
    found = {b"from": "", b"subject": ""}
    for one in raw[:65_536].split(b"\n"):
        name, _, value = one[:1_000].partition(b":")
        if name.lower() in found and not found[name.lower()]:
            found[name.lower()] = mime.clean(mime.decoded(value.strip(), "utf-8"))
    return found[b"from"], found[b"subject"]


def _judge(message: Message, body: str) -> tuple[Kind, str, str]:
    report = str(message.get_param("report-type", "") or "").lower()
    if report == "feedback-report" or part_of(message, "message/feedback-report") is not None:
        return Kind.COMPLAINT, "", "The recipient reported the mail as unwanted."
    status_part = part_of(message, "message/delivery-status") or part_of(
        message, "message/global-delivery-status"
    )
    if status_part is not None:
        return _delivery_report(status_part, body)
    subject = header(message, "Subject")
    if words.STOP.search(subject) and not _is_automatic(message):
        return Kind.STOP, "", subject
    if _from_a_server(message, subject):
        return _server_words(message, subject, body)
    if words.HELD.search(f"{subject}\n{body[:3000]}"):
        return Kind.HELD, "", subject
    if _is_automatic(message) or words.AWAY_SUBJECT.search(subject):
        kind = Kind.GONE if words.GONE.search(f"{subject}\n{body[:3000]}") else Kind.AUTO_REPLY
        return kind, "", subject
    return Kind.REPLY, "", subject


def _delivery_report(part: Message, body: str) -> tuple[Kind, str, str]:
    """RFC 3464: one group of fields per recipient; we write to one at a time, so the worst counts."""
    groups = mime.parts_in(part)
    if not groups:
        plain = part.get_payload(decode=True)
        blocks = re.split(rb"\n[ \t\n]*\n", plain[:65_536] if isinstance(plain, bytes) else b"", maxsplit=50)
        groups = [mime.parse(block) for block in blocks]
    found: list[tuple[Kind, str, str]] = []
    for group in groups:
        action = header(group, "Action").strip().lower().split(" ")[0]
        detail = header(group, "Diagnostic-Code") or header(group, "Status")
        status = _code(header(group, "Status")) or _code(detail)
        # Some servers write 5.0.0 above a reason that knows better.
        if status.endswith(".0.0"):
            status = _code(detail) or status
        if action:
            found.append((_by_action(action, status, f"{detail}\n{body[:LONGEST_REASON]}"), status, detail))
    order = (Kind.BOUNCED, Kind.REFUSED, Kind.DELAYED, Kind.DELIVERED)
    found.sort(key=lambda one: order.index(one[0]))
    return found[0] if found else (Kind.REFUSED, "", "A delivery report without a recipient.")


def _by_action(action: str, status: str, detail: str) -> Kind:
    if action in ("delivered", "relayed", "expanded"):
        return Kind.DELIVERED
    if action == "delayed":
        return Kind.DELAYED
    return _final(status, detail)


def _final(status: str, detail: str) -> Kind:
    """A final failure: is it the address, or this mail?"""
    if words.NO_SUCH_ADDRESS.search(detail) and not words.NOT_DELIVERED_FOR_OTHER_REASONS.search(detail):
        return Kind.BOUNCED
    if (
        _NOT_THE_ADDRESS.match(status)
        or status.startswith("4")
        or words.NOT_DELIVERED_FOR_OTHER_REASONS.search(detail)
    ):
        return Kind.REFUSED
    return Kind.BOUNCED


def _server_words(message: Message, subject: str, body: str) -> tuple[Kind, str, str]:
    """A server that writes prose: qmail, older Exim, Domino, gateways."""
    telling = f"{subject}\n{body[:6000]}"
    status = _code(telling)
    lines = [line for line in body.splitlines() if status and status in line]
    detail = lines[0] if lines else subject
    if words.DELAY.search(telling) and not words.FINAL.search(telling):
        return Kind.DELAYED, status, detail
    return _final(status, telling), status, detail


def _from_a_server(message: Message, subject: str) -> bool:
    sender = header(message, "From").lower()
    if message.get("X-Failed-Recipients") or words.SERVER.search(sender):
        return True
    empty_path = header(message, "Return-Path").strip() == "<>"
    return empty_path and bool(words.UNDELIVERED_SUBJECT.search(subject))


def _is_automatic(message: Message) -> bool:
    automatic = header(message, "Auto-Submitted").lower().split(";")[0].strip()
    if automatic and automatic != "no":
        return True
    if any(
        message.get(name) for name in ("X-Autoreply", "X-Autorespond", "X-AutoReply-From", "X-Mail-Autoreply")
    ):
        return True
    if "oof" in header(message, "X-Auto-Response-Suppress").lower() and message.get("In-Reply-To"):
        return True
    return header(message, "Precedence").lower() in ("auto_reply", "auto-reply")


def _ours(message: Message, raw: bytes) -> tuple[str, str]:
    whole = raw[: mime.LARGEST].decode("utf-8", "replace")
    for place in (header(message, "In-Reply-To"), header(message, "References"), whole):
        found = OURS.search(place)
        if found is not None:
            return found.group(0).lower(), found.group(1).upper()
    in_subject = REFERENCE.search(header(message, "Subject")) or REFERENCE.search(whole)
    return "", in_subject.group(0) if in_subject else ""


def _code(text: str) -> str:
    found = _ENHANCED.search(text) or _SMTP.search(text)
    if found is None:
        return ""
    return found.group(0) if found.re is _ENHANCED else found.group(1)


def _own_words(body: str) -> str:
    """What the person wrote: everything above the quotation of our mail, and no signature."""
    kept: list[str] = []
    for line in body.splitlines():
        if line.startswith(">") or words.QUOTE_BEGINS.search(line[:LONGEST_LINE]) or line.rstrip() == "--":
            break
        kept.append(line.rstrip())
    return "\n".join(kept).strip()[:10_000]
