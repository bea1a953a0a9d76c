"""The evidence log in plain words: a sentence, an icon and a name for each entry of a timeline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as gl

from novation.console.labels import OUTCOMES, STAGES, TASKS, TRACKS, purpose, step_label
from novation.console.operators import name_of
from novation.customers.selectors import customer_names
from novation.domain.stage import Stage
from novation.domain.steps import RULES, TaskKind, TaskOutcome
from novation.domain.tracks import Track, shown
from novation.evidence.tags import Tag
from novation.evidencelog.selectors.entries import Entry

SAID: dict[Tag, Promise] = {
    Tag.CUSTOMER_INVENTORIED: gl("Read what the old account holds"),
    Tag.CUSTOMER_BLOCKED: gl("Something must be repaired first"),
    Tag.CUSTOMER_READY: gl("Nothing blocks the move any more"),
    Tag.CUSTOMER_UNREACHABLE: gl("Every way to reach the customer was tried"),
    Tag.ACCOUNT_CONNECTED: gl("Partner account connected"),
    Tag.PROGRAMME_CREATED: gl("Programme created"),
    Tag.PROGRAMME_CHANGED: gl("Programme changed"),
    Tag.WAVE_REVIEWED: gl("Plan of the wave reviewed"),
    Tag.WAVE_CREATED: gl("Wave created"),
    Tag.WAVE_FROZEN: gl("Recipients of the wave fixed"),
    Tag.WAVE_LAUNCHED: gl("Wave launched"),
    Tag.WAVE_PAUSED: gl("Wave paused"),
    Tag.WAVE_RESUMED: gl("Wave resumed"),
    Tag.WAVE_APPROVED: gl("Second person agreed to the launch"),
    Tag.WAVE_STOPPED: gl("Wave stopped itself"),
    Tag.PROGRAMME_STOPPED: gl("Programme stopped itself"),
    Tag.WAVE_FINISHED: gl("Every customer of the wave is finished"),
    Tag.NOTICE_SENT: gl("Mail accepted by the receiving server"),
    Tag.NOTICE_FAILED: gl("Mail could not be delivered to the server"),
    Tag.NOTICE_UNCERTAIN: gl("Mail: delivery unknown"),
    Tag.NOTICE_CANCELLED: gl("Mail not sent: it had become pointless"),
    Tag.NOTICE_DELIVERED: gl("Mail reported as delivered"),
    Tag.NOTICE_BOUNCED: gl("Mail came back"),
    Tag.NOTICE_COMPLAINED: gl("Mail reported as unwanted"),
    Tag.NOTICE_REMINDERS_STOPPED: gl("Wants no more reminders"),
    Tag.NOTICE_POSTED: gl("Letter sent"),
    Tag.RECEIPT_SENT: gl("Receipt sent to the customer"),
    Tag.LINK_ISSUED: gl("Personal link made"),
    Tag.LINK_REVOKED: gl("Personal link closed"),
    Tag.PAGE_SHOWN: gl("Page shown"),
    Tag.CODE_SENT: gl("One-time code sent to the address on file"),
    Tag.CODE_ACCEPTED: gl("Right one-time code typed"),
    Tag.CODE_REFUSED: gl("Wrong or expired code typed"),
    Tag.IDENTITY_PROVEN: gl("Person signed in with the customer’s own tenant"),
    Tag.IDENTITY_REFUSED: gl("A sign-in did not fit this customer"),
    Tag.PAPER_UPLOADED: gl("Signed paper filed; it binds nothing yet"),
    Tag.PAPER_REFUSED: gl("Signed paper refused by a second person"),
    Tag.DECISION_MANDATE: gl("Decision: authorises us to accept"),
    Tag.DECISION_SELF: gl("Decision: accepts by itself"),
    Tag.DECISION_DECLINED: gl("Decision: declined"),
    Tag.DECISION_QUESTION: gl("Customer asks a question"),
    Tag.DECISION_ANSWERED: gl("Question answered"),
    Tag.DECISION_DELEGATED: gl("Passed on to a colleague"),
    Tag.DECISION_WITHDRAWN: gl("Decision taken back"),
    Tag.MANDATE_EXPIRED: gl("Mandate ran out unused"),
    Tag.ADMIN_ASKED: gl("Customer wants an admin account of its own"),
    Tag.ADMIN_MADE: gl("Admin account made for the customer"),
    Tag.ADMIN_NOT_MADE: gl("Admin account not made"),
    Tag.ADMIN_HANDED_OVER: gl("Admin account given to the customer"),
    Tag.RELATIONSHIP_INVITED: gl("Invitation read and shown"),
    Tag.RELATIONSHIP_OBSERVED: gl("New account read: it lists the customer"),
    Tag.RELATIONSHIP_LOST: gl("Customer vanished from the new account"),
    Tag.RELATIONSHIP_STRANGER: gl("A tenant that we did not invite appeared"),
    Tag.RELATIONSHIP_STRANGER_JUDGED: gl("Whose uninvited tenant it is"),
    Tag.AGREEMENT_OBSERVED: gl("Microsoft’s agreement read"),
    Tag.AGREEMENT_LINK_ISSUED: gl("Link to Microsoft’s agreement page ready"),
    Tag.AGREEMENT_LINK_WITHDRAWN: gl("Agreement to be requested again"),
    Tag.AGREEMENT_ACCEPTED_ON_PAGE: gl("Agreement accepted on Microsoft’s page"),
    Tag.AGREEMENT_SIGNATORY: gl("Somebody else signs the agreement"),
    Tag.AGREEMENT_CREATED: gl("Agreement recorded at Microsoft"),
    Tag.AGREEMENT_VALID: gl("Microsoft’s record read: the agreement is valid"),
    Tag.AGREEMENT_REFUSED: gl("Agreement refused"),
    Tag.AGREEMENT_EXPIRED: gl("Link to the agreement ran out"),
    Tag.ACCESS_CREATED: gl("Delegated admin rights asked for"),
    Tag.ACCESS_LOCKED: gl("Request ready for the customer’s approval"),
    Tag.ACCESS_APPROVED: gl("Customer approved delegated admin rights"),
    Tag.ACCESS_ACTIVE: gl("Delegated admin rights read as active"),
    Tag.ACCESS_ASSIGNED: gl("Rights given to our group"),
    Tag.ACCESS_REJECTED: gl("Customer refused delegated admin rights"),
    Tag.ACCESS_EXPIRED: gl("Request for admin rights ran out"),
    Tag.ACCESS_TERMINATED: gl("Delegated admin rights ended"),
    Tag.ACCESS_ROLE_MISSING: gl("Approved, but a role that we need is missing"),
    Tag.ACCESS_ASSIGNMENT_FAILED: gl("Rights could not be given to our group"),
    Tag.ACCESS_EXPIRING: gl("Delegated admin rights run out soon"),
    Tag.TRANSFER_PLANNED: gl("Transfer planned"),
    Tag.TRANSFER_CREATED: gl("New account asked for the subscriptions"),
    Tag.TRANSFER_ACCEPTED: gl("Old account handed them over"),
    Tag.TRANSFER_COMPLETED: gl("Microsoft reports the transfer as complete"),
    Tag.TRANSFER_FAILED: gl("Transfer failed"),
    Tag.TRANSFER_EXPIRED: gl("Transfer request ran out"),
    Tag.TRANSFER_CANCELLED: gl("Transfer request taken back"),
    Tag.ITEM_VERIFIED: gl("Subscription verified on the new account"),
    Tag.ITEM_CHANGED: gl("Subscription differs from the baseline"),
    Tag.ITEM_MISSING: gl("Subscription found on neither account"),
    Tag.ITEM_IN_BOTH: gl("Subscription found on both accounts"),
    Tag.ITEM_TERM_CHOSEN: gl("End of a term chosen"),
    Tag.ITEM_TERM_SET: gl("Choice for the end of a term sent to the old account"),
    Tag.ITEM_BOUGHT_ANEW: gl("Repurchased on the new account"),
    Tag.ITEM_REPLACED: gl("Repurchased subscription found"),
    Tag.ITEM_TERM_ENDED: gl("A term ended on the old account"),
    Tag.ITEM_LICENCES: gl("Licences of users compared, before and after"),
    Tag.BILLING_CUT_OVER: gl("Our invoices follow the new account"),
    Tag.OLD_SIDE_GDAP_ENDED: gl("Old account’s admin rights ended"),
    Tag.OLD_SIDE_RBAC_REMOVED: gl("Old account’s Azure rights removed"),
    Tag.OLD_SIDE_RBAC_KEPT: gl("Old account’s Azure rights stay, on purpose"),
    Tag.OLD_SIDE_RELATIONSHIP_REMOVED: gl("Old account let the customer go"),
    Tag.OLD_SIDE_PARKED: gl("Old relationship stays, on purpose and empty"),
    Tag.MOVE_CREATED: gl("Customer joined the programme"),
    Tag.MOVE_STAGE_CHANGED: gl("Stage changed"),
    Tag.MOVE_TRACK_CHANGED: gl("Track changed"),
    Tag.MOVE_PAUSED: gl("Move paused"),
    Tag.MOVE_RESUMED: gl("Move resumed"),
    Tag.MOVE_REVERSED: gl("A move back was begun"),
    Tag.MOVE_CLOSED: gl("Everything verified, move closed"),
    Tag.MOVE_STAYS: gl("Stays with the old account to the end of its terms"),
    Tag.STEP_INTENT: gl("About to call Microsoft"),
    Tag.STEP_OUTCOME: gl("Microsoft answered"),
    Tag.STEP_UNKNOWN: gl("No answer came, outcome unknown"),
    Tag.STEP_SETTLED: gl("Unknown outcome looked up"),
    Tag.OPERATION_ASKED: gl("Change asked for"),
    Tag.OPERATION_CHANGED: gl("Change went on"),
    Tag.TASK_OPENED: gl("Task opened"),
    Tag.TASK_LEASED: gl("Task taken"),
    Tag.TASK_RELEASED: gl("Task given back"),
    Tag.TASK_APPROVED: gl("Second person approved"),
    Tag.TASK_DONE: gl("Task ended"),
    Tag.OPERATOR_SIGNED_IN: gl("Operator signed in"),
    Tag.OPERATOR_REFUSED: gl("Sign-in refused"),
    Tag.OPERATOR_VIEWED_SECRET: gl("Secret shown to an operator"),
    Tag.OPERATOR_APPROVED: gl("Operator approved"),
    Tag.OPERATOR_EXPORTED: gl("Operator took data out"),
    Tag.OPERATOR_BULK_CONFIRMED: gl("Act on many customers confirmed"),
    Tag.OPERATOR_BULK_ENDED: gl("Act on many customers ended"),
    Tag.OPERATOR_CHANGED: gl("Operator’s account or rights changed"),
    Tag.TEXT_CHANGED: gl("Text for customers changed"),
    Tag.SETTING_CHANGED: gl("Setting changed"),
    Tag.CERTIFICATE_ISSUED: gl("Certificate made"),
    Tag.LOG_KEY_CHANGED: gl("Log key replaced"),
    Tag.LOG_ERASED: gl("Personal values erased"),
}

#: What the entries of each subject are about, for the filter of the log.
SUBJECTS: dict[str, Promise] = {
    "customer": gl("Customers"),
    "account": gl("Partner accounts"),
    "programme": gl("Programme"),
    "wave": gl("Waves"),
    "notice": gl("Mails and letters"),
    "receipt": gl("Receipts"),
    "link": gl("Personal links"),
    "page": gl("Pages shown"),
    "code": gl("One-time codes"),
    "identity": gl("Sign-ins of customers"),
    "paper": gl("Signed papers"),
    "decision": gl("Decisions"),
    "mandate": gl("Mandates"),
    "admin": gl("Administrator accounts"),
    "relationship": gl("Relationship"),
    "agreement": gl("Microsoft’s agreement"),
    "access": gl("Delegated admin rights"),
    "transfer": gl("Transfers"),
    "item": gl("Subscriptions"),
    "billing": gl("Billing"),
    "old-side": gl("Old account"),
    "move": gl("Moves"),
    "step": gl("Calls to Microsoft"),
    "operation": gl("Changes asked for"),
    "task": gl("Tasks"),
    "operator": gl("Operators"),
    "text": gl("Texts"),
    "setting": gl("Settings"),
    "certificate": gl("Certificates"),
    "log": gl("The log itself"),
}

ICONS = {
    "customer": "doc",
    "notice": "mail",
    "receipt": "mail",
    "link": "mail",
    "code": "lock",
    "page": "eye",
    "paper": "doc",
    "decision": "user",
    "mandate": "user",
    "identity": "user",
    "operator": "user",
    "admin": "lock",
    "task": "queue",
    "wave": "wave",
    "item": "check",
    "log": "seal",
    "certificate": "seal",
    "move": "flag",
    "programme": "flag",
}


@dataclass(frozen=True)
class DescribedEvent:
    """An entry with its words."""

    entry: Entry
    words: str
    by: str
    icon: str
    customer: str = ""


def describe_events(entries: Sequence[Entry]) -> list[DescribedEvent]:
    """Puts words to entries; names of operators and of customers are read with one query each."""
    people = _people(entry.event.actor for entry in entries)
    names = customer_names(entry.event.customer_id for entry in entries)
    return [
        DescribedEvent(
            entry,
            words(entry),
            by(entry.event.actor, people),
            ICONS.get(entry.subject, "swap"),
            names.get(entry.event.customer_id, ""),
        )
        for entry in entries
    ]


def words(entry: Entry) -> str:
    """One sentence for an entry: what the tag says, and the detail that makes it this one."""
    tag = entry.event.tag
    said = str(SAID[Tag(tag)]) if tag in set(Tag) else tag
    detail = _detail(entry.data, entry.event.personal, entry.subject)
    return f"{said}: {detail}" if detail else said


def _detail(data: Mapping[str, Any], typed: Mapping[str, Any], subject: str) -> str:
    if "from" in data and "to" in data:
        return _stage(data["to"])
    kind = str(data.get("kind", data.get("step", "")))
    found = []
    if kind in set(TaskKind):
        found.append(str(TASKS[TaskKind(kind)]))
    elif kind in RULES:
        found.append(str(step_label(kind)))
    if data.get("outcome") in set(TaskOutcome) and kind in set(TaskKind):
        found.append(str(OUTCOMES[TaskOutcome(data["outcome"])][0]))
    if data.get("purpose") and subject == "notice":
        found.append(purpose(str(data["purpose"])))
    tracks = data.get("tracks")
    if isinstance(tracks, dict) and not found:
        for track, change in tracks.items():
            if track in set(Track) and track != subject:
                found.append(f"{TRACKS[Track(track)]} → {shown(Track(track), str(change[-1])).word}")
    if subject in ("item", "relationship"):
        named = ("name", "choice", "became", "verdict")
        found += [data[name] for name in named if isinstance(data.get(name), str)]
    if subject == "item" and data.get("readable") is False:
        found.append(_("not readable on one side"))
    if subject == "item" and data.get("lost"):
        found.append(_("{number} assigned licences fewer").format(number=data["lost"]))
    if data.get("happened"):
        found.append(_("has happened already: {what}").format(what=", ".join(data["happened"])))
    reason = data.get("reason") or typed.get("reason", {}).get("value")
    if reason:
        found.append(str(reason))
    return ", ".join(found)


def _stage(name: str) -> str:
    return str(STAGES[Stage(name)]) if name in set(Stage) else name


def _people(actors: Iterable[str]) -> dict[int, str]:
    ids = {int(actor[9:]) for actor in actors if actor.startswith("operator:") and actor[9:].isdigit()}
    return {user.pk: name_of(user) for user in User.objects.filter(pk__in=ids)} if ids else {}


def by(actor: str, people: Mapping[int, str]) -> str:
    """Who did it, for people."""
    if actor.startswith("operator:") and actor[9:].isdigit():
        return people.get(int(actor[9:]), actor)
    return {
        "engine": _("engine"),
        "customer": _("customer"),
        "command-line": _("command line"),
        "command": _("command line"),
    }.get(actor, actor)
