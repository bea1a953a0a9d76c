"""The acts on many customers: the right, the words, and what each does. One page confirms them all.

A further act is one entry in `ACTS`, its rule in `domain/bulk.py`, and a button where customers are chosen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as gl
from django.utils.translation import ngettext

from novation.console.rights import Right
from novation.domain import bulk
from novation.domain.bulk import LeftOut
from novation.domain.errors import NeedsOperator
from novation.evidencelog.services import exports
from novation.moves.models import BulkAct, BulkItem, Move
from novation.moves.services import agreement_links, erasure, programmes
from novation.moves.services.bulk_acts import Work, actor_of


@dataclass(frozen=True)
class Act:
    """One act.

    Args:
        right: who may prepare and confirm it.
        work: its rule and what it does.
        verb: number → the button, such as "Pause 41 customers".
        effect: what happens, in plain words.
        nobody: said when everybody is left out.
        done: heading of those for whom it was done.
        list_page: name of the page on which customers are chosen for it.
        result: name of the page of what it made, when it makes something.
        result_words: the link to that page.
    """

    right: Right
    work: Work
    verb: Callable[[int], str]
    effect: str | Promise
    nobody: str | Promise
    done: str | Promise
    list_page: str = "console:customers"
    result: str = ""
    result_words: str | Promise = ""

    def result_address(self, act: BulkAct) -> str:
        """Where what it made is shown; empty when there is nothing."""
        return reverse(self.result, args=[act.result]) if self.result and act.result else ""


def _pause(move: Move, act: BulkAct, now: datetime) -> None:
    programmes.set_move_paused(move, True, now=now, actor=actor_of(act), reason=act.reason, bulk=str(act.pk))


def _resume(move: Move, act: BulkAct, now: datetime) -> None:
    programmes.set_move_paused(move, False, now=now, actor=actor_of(act), reason=act.reason, bulk=str(act.pk))


def _new_wave(act: BulkAct, now: datetime) -> str:
    made = programmes.create_wave(act.programme, [], now=now, actor=actor_of(act), bulk=str(act.pk))
    return str(made.pk)


def _join(move: Move, act: BulkAct, _now: datetime) -> None:
    programmes.join_wave(move, int(act.result))


def _renew(move: Move, act: BulkAct, now: datetime) -> None:
    if not agreement_links.renew(move, actor=actor_of(act), now=now, reason=act.reason, bulk=str(act.pk)):
        raise NeedsOperator("There is no link that could be replaced just now.")


def _listed(_move: Move, _act: BulkAct, _now: datetime) -> None:
    """The file is made while it loads; here a customer only becomes part of it."""


def _takeout(act: BulkAct, now: datetime) -> str:
    done = act.items.filter(state=BulkItem.State.DONE)
    references = sorted(done.values_list("move__reference", flat=True))
    return str(exports.begin(references, total=len(references), actor=actor_of(act), now=now).pk)


def _erase(move: Move, act: BulkAct, now: datetime) -> None:
    erasure.erase(move, reason=act.reason, actor=actor_of(act), now=now)


ACTS: dict[str, Act] = {
    "pause": Act(
        right=Right.STEER,
        work=Work(bulk.PAUSE, _pause),
        verb=lambda n: ngettext("Pause {n} customer", "Pause {n} customers", n).format(n=f"{n:,}"),
        effect=gl(
            "Nothing new is sent to them or requested from Microsoft. Reading continues, and what Microsoft has "
            "begun runs on. They stay paused until somebody resumes them."
        ),
        nobody=gl("Nobody of these can be paused."),
        done=gl("Paused"),
    ),
    "resume": Act(
        right=Right.STEER,
        work=Work(bulk.RESUME, _resume, needs=frozenset({"pause"})),
        verb=lambda n: ngettext("Resume {n} customer", "Resume {n} customers", n).format(n=f"{n:,}"),
        effect=gl(
            "Their moves continue at once, with mails and requests to Microsoft. Only the pause named here ends: "
            "whoever was paused for another reason stays paused, and so does a whole wave or the programme."
        ),
        nobody=gl("Nobody of these can be resumed."),
        done=gl("Resumed"),
    ),
    "wave": Act(
        right=Right.STEER,
        work=Work(bulk.WAVE, _join, begin=_new_wave),
        verb=lambda n: ngettext("Make a wave of {n} customer", "Make a wave of {n} customers", n).format(
            n=f"{n:,}"
        ),
        effect=gl("A new wave is made, in draft. Nobody is informed before you launch it on its own page."),
        nobody=gl("Nobody of these can join a new wave."),
        done=gl("In the new wave"),
        result="console:wave",
        result_words=gl("Open the wave"),
    ),
    "agreement": Act(
        right=Right.STEER,
        work=Work(bulk.AGREEMENT, _renew, needs=frozenset({"link"})),
        verb=lambda n: ngettext("Make {n} new agreement link", "Make {n} new agreement links", n).format(
            n=f"{n:,}"
        ),
        effect=gl(
            "Each present link to Microsoft’s agreement is given up, and a new one is made for the same signatory. "
            "Who has the old link open must use the new one."
        ),
        nobody=gl("Nobody of these has a link that can be replaced."),
        done=gl("A new link is being made"),
    ),
    "evidence": Act(
        right=Right.EXPORT,
        work=Work(bulk.EVIDENCE, _listed, end=_takeout),
        verb=lambda n: ngettext(
            "Export the evidence of {n} customer", "Export the evidence of {n} customers", n
        ).format(n=f"{n:,}"),
        effect=gl(
            "One file with a bundle for each customer, with names and addresses of people. You load it from the next "
            "page; each export is an entry of the log."
        ),
        nobody=gl("There is no evidence of these."),
        done=gl("In the file"),
        result="console:takeout",
        result_words=gl("Load the file"),
    ),
    "erase": Act(
        right=Right.ERASE,
        work=Work(bulk.ERASE, _erase, final=True, after_round=lambda: erasure.forget_free_pages(whole=False)),
        verb=lambda n: ngettext(
            "Erase the people of {n} customer", "Erase the people of {n} customers", n
        ).format(n=f"{n:,}"),
        effect=gl(
            "Names, addresses, mails and pages go for good; this cannot be undone. Every proof stays valid. "
            "The reason stays in the log for ever: write it without names."
        ),
        nobody=gl("Nobody of these can be erased."),
        done=gl("Erased"),
        list_page="console:retention",
    ),
}

WHY: dict[str, str | Promise] = {
    LeftOut.ENDED: gl("The move is finished."),
    LeftOut.RUNS: gl("The move still runs. Erase when it is finished, or decline it first."),
    LeftOut.PAUSED: gl("Paused already, by itself. That pause stays as it is."),
    LeftOut.WAVE_PAUSED: gl("Paused with its wave. Its wave is resumed on the wave’s page."),
    LeftOut.PROGRAMME_PAUSED: gl("Paused with the whole programme, which is resumed on the first page."),
    LeftOut.NOT_PAUSED: gl("Not paused."),
    LeftOut.OTHER_PAUSE: gl("Paused for another reason. That pause stays."),
    LeftOut.IN_WAVE: gl("In a wave already."),
    LeftOut.NO_LINK: gl("There is no agreement link to be replaced."),
    LeftOut.LINK_IS_NEW: gl("A new link was requested a few minutes ago."),
    LeftOut.CHANGED: gl("Changed after you were shown the list, so it was left as it is. Look at it again."),
    LeftOut.REFUSED: gl("Refused."),
    LeftOut.FAULT: gl(
        "An unexpected error. Nothing was changed for this customer; the log of the server has details."
    ),
}


def why(code: str) -> str:
    """Why a customer is left out or was not done, in words."""
    return str(WHY.get(code, _("Unknown reason")))
