"""Letters on paper, for those whom no mail reaches: set as PDF, printed and posted by a person, who says so."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from importlib.resources import files
from typing import Any

import typst
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from novation.domain import states
from novation.domain.errors import BadInput
from novation.domain.stage import ENDED
from novation.domain.steps import TaskKind
from novation.domain.tracks import Track
from novation.evidence.tags import Tag
from novation.evidencelog.services import events
from novation.moves.models import Move, Programme
from novation.moves.services import tasks, tracks
from novation.notices import dates, texts
from novation.notices.markup import Block, Letter, line
from novation.notices.models import PostalLetter
from novation.notices.purposes import Purpose
from novation.notices.samples import sample_facts
from novation.notices.services import wording
from novation.notices.services.outbox import language_for

_LINES = 6  # of an address; more would not fit the window
_LONGEST = 120  # characters of the name or of a line of the address; longer ones are broken over two lines
_CHECKING = frozenset({"real", "contact"})  # marks of what tells how to check that the letter is real


@transaction.atomic
def make(move: Move, *, name: str, address: str, person: Any, now: datetime) -> PostalLetter:
    """Sets the announcement as a letter, to be printed and posted.

    Args:
        move: whose.
        name, address: as they shall stand in the window; the address in up to six lines.
        person: one of our people.
        now: programme time.

    Raises:
        BadInput: name or address is missing, or the address has too many lines, or a line is too long.
    """
    lines = [kept for raw in address.splitlines() if (kept := line(raw))]
    if not line(name):
        raise BadInput(_("A letter needs a name."), where="name")
    if not 1 < len(lines) <= _LINES:
        raise BadInput(_("An address has two to six lines."), where="address")
    if max(map(len, [name, *lines])) > _LONGEST:
        raise BadInput(
            _("A line of the address is longer than %(most)s characters. Spread it over two lines.")
            % {"most": _LONGEST},
            where="address",
        )
    language = language_for(move, Purpose.ANNOUNCEMENT)
    letter = _written(move, line(name), language, now)
    content = _set(letter, move.programme, line(name), lines, language, now)
    document = events.store("text", "application/pdf", content, at=now)
    return PostalLetter.objects.create(
        move=move, name=line(name), address="\n".join(lines), language=language, document=document,
        made_at=now, made_by=person,
    )  # fmt: skip


def _written(move: Move, name: str, language: str, now: datetime) -> Letter:
    """The announcement, with the way to answer on paper in place of the link: a link on paper proves no mailbox."""
    facts = replace(sample_facts(move, now), person=name, paper=True, words=move.words)
    letter = texts.render(Purpose.ANNOUNCEMENT, facts, language)
    programme = move.programme
    if text := wording.current(programme, Purpose.ANNOUNCEMENT, language):
        letter = _own(texts.render(Purpose.ANNOUNCEMENT, facts, language, text.source), letter, language)
    with translation.override(language):
        how = _("To read everything and to decide, write to %(email)s or call %(phone)s.") % {
            "email": programme.sender_email,
            "phone": programme.sender_phone or _("the number on your last invoice"),
        }
        then = _("We then send your personal link to an address that you name.")
        there = _("A person also answers your questions there.")
    blocks = tuple(
        Block("p", f"{how} {then} {there}") if one.kind == "link" else one for one in letter.blocks
    )
    return replace(letter, blocks=blocks)


def _own(own: Letter, delivered: Letter, language: str) -> Letter:
    """A text of the programme's own, which was written as a mail: how to check it is told in the letter's words."""
    with translation.override(language):
        of_mail = _("A reply to this mail reaches a person.")
    blocks: list[Block] = []
    for block in own.blocks:
        if block.marks and block.marks <= _CHECKING:
            if not any(one.marks and one.marks <= _CHECKING for one in blocks):
                if blocks and blocks[-1].kind == "h":
                    blocks.pop()
                blocks += _section(delivered)
        elif block.text != of_mail:
            blocks.append(block)
    return replace(own, blocks=tuple(blocks))


def _section(delivered: Letter) -> list[Block]:
    """How to check the letter: the heading and what follows it."""
    first = next(n for n, block in enumerate(delivered.blocks) if block.marks == _CHECKING)
    return [delivered.blocks[first - 1], *(block for block in delivered.blocks if block.marks == _CHECKING)]


def _set(
    letter: Letter, programme: Programme, name: str, address: list[str], language: str, now: datetime
) -> bytes:
    with translation.override(language):
        day = dates.day(now)
    data = {
        "subject": letter.subject,
        "sender": programme.sender_name,
        "imprint": ", ".join(part for part in (programme.sender_name, programme.sender_address) if part),
        "name": name,
        "address": address,
        "date": day,
        "language": language.partition("-")[0],
        "blocks": [{"kind": block.kind, "text": block.text} for block in letter.blocks],
    }
    made = typst.compile(
        (files("novation.notices") / "letter.typ").read_bytes(),
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        pdf_standards="ua-1",
        timestamp=now,
    )
    if not isinstance(made, bytes):
        raise TypeError("The letter was not set as one file.")
    return made


@transaction.atomic
def posted(pk: int, *, person: Any, now: datetime) -> PostalLetter:
    """A person has posted the letter: the customer counts as told, and the period for its answer begins.

    Raises:
        BadInput: there is no such letter. Twice is no error and leaves one event.
    """
    move_id = PostalLetter.objects.filter(pk=pk).values_list("move_id", flat=True).first()
    if move_id is None:
        raise BadInput(_("There is no such letter."))
    move, actor = tracks.lock_move(move_id), f"operator:{person.pk}"
    letter = PostalLetter.objects.select_for_update(of=("self",)).select_related("document").get(pk=pk)
    if letter.posted_at is not None:
        return letter
    letter.posted_at, letter.posted_by = now, person
    letter.save(update_fields=["posted_at", "posted_by"])
    untold = move.stage not in ENDED and move.track(Track.NOTICE) in states.NOT_TOLD
    if untold and move.track(Track.NOTICE) != "queued":
        tracks.transition(
            move,
            {Track.NOTICE: "queued"},
            tag=Tag.MOVE_TRACK_CHANGED,
            at=now,
            actor=actor,
            data={"why": "letter"},
        )
    sets = {Track.NOTICE: "sent"} if untold else {}
    if untold and move.track(Track.DECISION) == "none":
        sets[Track.DECISION] = "asked"
    tracks.transition(
        move, sets, tag=Tag.NOTICE_POSTED, at=now, actor=actor,
        data={"letter": letter.pk, "language": letter.language},
        personal={"to": f"{letter.name}, {letter.address}"}, documents=[letter.document],
    )  # fmt: skip
    tasks.cancel(move, (TaskKind.FIND_CONTACT,), now=now, why="a letter was posted")
    tracks.schedule_now(move, at=now)
    return letter
