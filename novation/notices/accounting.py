"""What became of a frozen list: every recipient told, or skipped with a reason. The parts always make the whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Max
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as gl

from novation.domain import states
from novation.domain.tracks import Code
from novation.moves import pausing
from novation.moves.models import Wave
from novation.notices.models import Notice


@dataclass(frozen=True)
class Part:
    """Recipients of one fate. `states` are those of the notice track; `reasons` says why, with numbers."""

    code: Code
    word: str
    number: int
    reasons: list[tuple[str, int]]


#: The fates, and the states of the notice track that belong to each.
_FATES: tuple[tuple[Code, Promise, Collection[str]], ...] = (
    (Code.DONE, gl("Accepted by the receiving server"), ("sent",)),
    (Code.UNKNOWN, gl("Delivery unknown, never repeated"), ("uncertain",)),
    (Code.ACT, gl("Came back: find another contact"), ("bounced",)),
    (Code.ACT, gl("No person to write to"), ("blocked",)),
    (Code.DOING, gl("On its way"), ("queued",)),
    (Code.REST, gl("Not begun"), ("none",)),
    (Code.STAY, gl("Skipped"), states.NOT_WRITTEN_TO),
)


def parts(wave: Wave) -> list[Part]:
    """All customers of a wave by what became of their announcement; the numbers add up to the frozen list."""
    newest = dict(
        Notice.objects.filter(move__wave=wave, purpose="announcement")
        .values_list("move")
        .annotate(newest=Max("id"))
    )
    errors = dict(Notice.objects.filter(pk__in=newest.values()).values_list("move", "error"))
    grouped: dict[str, Counter[str]] = {}
    rows = wave.moves.values_list("pk", "notice_state", "closeout_state", "paused")
    whole = pausing.is_paused_with_others(wave, wave.programme)
    for pk, state, closeout, paused in rows.iterator():
        why = _why(state, closeout, paused or whole, errors.get(pk, ""))
        grouped.setdefault(state, Counter())[why] += 1
    out = []
    for code, word, fate in _FATES:
        reasons = sum((grouped.pop(state, Counter()) for state in fate), Counter[str]())
        if reasons:
            named = [(why, number) for why, number in reasons.most_common() if why]
            out.append(Part(code, str(word), reasons.total(), named))
    # A state of a newer release must not vanish from the sum.
    out += [Part(Code.UNKNOWN, state, found.total(), []) for state, found in grouped.items()]
    return out


def _why(state: str, closeout: str, paused: bool, error: str) -> str:
    match state:
        case "sent":
            return ""
        case _ if state in states.SERVER_SAYS_WHY:
            # The first words of a server's answer say what it is about; the rest is of one address.
            return " ".join(error.split()[:2]) if error[:1].isdigit() else error
        case "undeliverable":
            return _("nobody could be found to write to")
        case "skipped":
            return error or _("there is nobody to write to")
        case "none":
            if closeout == "stays":
                return _("stays with the old account")
            return (
                _("this customer is paused") if paused else _("has not been read, or its turn has not come")
            )
    return _("this customer is paused") if paused else ""
