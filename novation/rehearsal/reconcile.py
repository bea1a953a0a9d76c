"""Compares our record, the emulator's call record, what the simulated people did, and the mail that arrived."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from novation.domain import states
from novation.rehearsal.ground_truth_log import Act
from novation.rehearsal.mailbox import ReceivedMail

CONSENTS = {
    "accept-relationship": "relationship",
    "approve-gdap": "access",
    "accept-attestation": "agreement",
}
#: What a mandate lets an operator do. The agreement is not among it.
ON_MANDATE = frozenset({"relationship", "access"})

_REFERENCE = re.compile(r"\b[A-Z]{3}-\d{4}-\d{4}\b")
_WORD = re.compile(r"\w+")
_ATTESTATION = re.compile(r"\battestation: ([^;]+)")


@dataclass(frozen=True)
class RecordedDecision:
    """One decision in our record. `until` is the end of a mandate."""

    tenant: str
    kind: str
    at: datetime
    until: datetime | None = None


def find_consents_without_act(
    decided: Sequence[RecordedDecision], call_record: Iterable[Mapping[str, Any]], acts: Iterable[Act]
) -> list[str]:
    """Consents for which nobody can be named who gave them.

    Args:
        decided: our record, oldest first.
        call_record: the emulator's entries.
        acts: what the people wrote down themselves.

    Returns:
        One sentence for each: a decision without an act of that customer, an acceptance on Microsoft's side
        without one, or one by an operator without a mandate that was valid at that moment.
    """
    noted = list(acts)
    done = {(act.tenant, act.who, act.kind) for act in noted}
    links = {act.about.lower(): act.tenant for act in noted if act.kind == "agreement"}
    by_tenant: defaultdict[str, list[RecordedDecision]] = defaultdict(list)
    found = []
    for decision in decided:
        by_tenant[decision.tenant].append(decision)
        if decision.kind in states.CONSENTED and (decision.tenant, "customer", decision.kind) not in done:
            found.append(f"{decision.tenant}: {decision.kind} in our record, but no such act of the customer")
    for entry in call_record:
        kind = CONSENTS.get(entry["operation"])
        if kind is None or entry["method"] != "ACT":
            continue
        # Microsoft's page for the agreement belongs to an attestation, not to a tenant.
        link = _ATTESTATION.search(str(entry["detail"] or ""))
        tenant = links.get(link.group(1).lower(), "") if link else str(entry["customer"] or "").lower()
        who = str(entry["actor"])
        if (tenant, who, kind) not in done:
            found.append(f"{tenant}: {kind} accepted by {who} on Microsoft's side, but nobody did it")
        elif who == "operator" and (
            kind not in ON_MANDATE
            or not has_mandate_at(by_tenant[tenant], datetime.fromisoformat(entry["at"]))
        ):
            found.append(f"{tenant}: {kind} accepted by an operator without a valid mandate")
    return found


def has_mandate_at(decided: Sequence[RecordedDecision], moment: datetime) -> bool:
    """True when the newest decision before `moment` is a mandate that had not run out."""
    binding = [d for d in decided if d.at <= moment and d.kind in states.FINAL]
    if not binding or binding[-1].kind != "mandate":
        return False
    until = binding[-1].until
    return until is None or moment < until


def find_wrong_recipients(
    mails: Iterable[ReceivedMail], owners: Mapping[str, str], names: Mapping[str, str]
) -> list[str]:
    """Mails that speak of another customer than the one who got them.

    Args:
        mails: as they arrived.
        owners: reference of the customer whose address it is, by address.
        names: company name by reference.
    """
    by_first_word: defaultdict[str, list[str]] = defaultdict(list)
    for reference, name in names.items():
        words = _WORD.findall(name)
        if words:
            by_first_word[words[0]].append(reference)
    found = []
    for mail in mails:
        own = owners.get(mail.to)
        strangers = set(_REFERENCE.findall(mail.text)) - {own}
        for word in set(_WORD.findall(mail.text)) & by_first_word.keys():
            for reference in by_first_word[word]:
                inside = own is not None and names[reference] in names[own]
                if reference != own and not inside and names[reference] in mail.text:
                    strangers.add(reference)
        if own is None or mail.reference != own or strangers:
            told = ", ".join(sorted(strangers)) or "nobody of ours"
            found.append(f"{mail.purpose} to {mail.to} speaks of {told}")
    return found


def find_unexplained_writes(call_record: Iterable[Mapping[str, Any]], requests: set[str]) -> list[str]:
    """Effects on Microsoft's side that no intent of ours explains.

    Args:
        call_record: the emulator's entries.
        requests: request ids of our intents.
    """
    return [
        f"{entry['operation']} of {entry['account']}, request {entry['requestId']}"
        for entry in writes_with_effect(call_record)
        if str(entry["requestId"] or "").lower() not in requests
    ]


def find_missing_effects(call_record: Iterable[Mapping[str, Any]], done: Mapping[str, str]) -> list[str]:
    """Intents that we hold for done, and that had no effect on Microsoft's side.

    Args:
        call_record: the emulator's entries.
        done: kind of step by request id.
    """
    seen = {str(entry["requestId"] or "").lower() for entry in call_record if entry["method"] != "ACT"}
    return [f"{kind}, request {request}" for request, kind in done.items() if request not in seen]


def writes_with_effect(call_record: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    """Entries of calls that changed something."""
    return (e for e in call_record if e["account"] and e["effect"] in ("created", "changed", "repeated"))
