"""Customers, waves and single moves from the command line."""

from __future__ import annotations

import argparse
import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from novation import clock
from novation.commands import prices
from novation.commands.accounts import the_programme
from novation.customers.models import Account
from novation.domain.customerlist import CustomerRow
from novation.domain.errors import BadInput
from novation.domain.tracks import Track, shown
from novation.engine.accounts import open_account
from novation.engine.translate import who_acts
from novation.evidencelog.models import Event
from novation.moves.models import Move, Programme, Wave
from novation.moves.services import inventory, planning, programmes
from novation.notices.services import wave_launch
from novation.partnercenter import PartnerCenter, errors

ACTOR = "command"
#: A new wave of up to so many customers is printed with their names.
LISTED = 20


def load(options: argparse.Namespace) -> int:
    """Takes customers from an export or from the source account. Exit code 1 when rows could not be used."""
    if options.prices:
        return prices.load(options.currency.upper())
    programme, now = the_programme(), clock.now()
    if options.csv:
        try:
            text = options.csv.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"{options.csv} cannot be read: {error}.") from error
        report = inventory.import_csv(programme, text, now=now, actor=ACTOR)
    else:
        try:
            rows = asyncio.run(_listed(open_account("source")))
        except errors.PartnerCenterError as error:
            raise who_acts(error) from error
        Account.objects.filter(pk=programme.source_id).update(read_at=now)
        report = inventory.import_customers(programme, rows, now=now, actor=ACTOR)
    print(f"{report.created} new, {report.updated} changed, {report.unchanged} unchanged.")
    for problem in report.problems:
        print(f"line {problem.line}: {problem.sentence}")
    return 1 if report.problems else 0


async def _listed(account: PartnerCenter) -> list[CustomerRow]:
    rows: list[CustomerRow] = []
    async with account:
        async for customer in account.customers.list():
            relationship = str(customer.relationship or "reseller").lower()
            if customer.id and relationship == "reseller":
                rows.append(
                    CustomerRow(
                        line=len(rows) + 1,
                        tenant_id=customer.id.lower(),
                        name=customer.company_name or customer.id,
                        domain=(customer.domain or "").lower(),
                    )
                )
    return rows


def wave(options: argparse.Namespace) -> int:
    """Lists, creates, launches, pauses and resumes waves."""
    programme, now = the_programme(), clock.now()
    if options.action == "list":
        for one in programme.waves.all():
            stages = Counter(one.moves.values_list("stage", flat=True))
            counts = ", ".join(f"{count} {stage}" for stage, count in sorted(stages.items()))
            print(f"{one.number:3} {one.state:9} {one}: {sum(stages.values())} customers ({counts})")
        return 0
    if options.action == "create":
        return _create(programme, options, now)
    if options.number is None:
        raise BadInput("No wave is named.", remedy="Give its number; `novation wave list` shows them.")
    found = Wave.objects.filter(programme=programme, number=options.number).first()
    if found is None:
        raise BadInput(f"There is no wave {options.number}.", remedy="`novation wave list` shows them.")
    if options.action == "launch":
        with transaction.atomic():
            planning.confirm(found, "", now=now, actor=ACTOR)
            wave_launch.launch(found, person=None, now=now, actor=ACTOR)
    else:
        paused = options.action == "pause"
        programmes.set_wave_paused(found, paused, now=now, actor=ACTOR, note=options.note)
    print(f"{found}: {options.action} done.")
    return 0


def _create(programme: Programme, options: argparse.Namespace, now: datetime) -> int:
    chosen = _chosen(programme, options.customer, options.size)
    made = programmes.create_wave(programme, chosen, now=now, actor=ACTOR, name=options.name)
    print(f"{made} has {len(chosen)} customers.")
    for one in chosen if len(chosen) <= LISTED else []:
        print(f"  {one.reference}  {one.customer.domain:30} {one.customer.name}")
    print(f"`novation plan --wave {made.number}` shows what it would do.")
    return 0


def _chosen(programme: Programme, named: Sequence[str], size: int | None) -> list[Move]:
    """The customers of a new wave: those that are named, or so many that are in none, by name.

    Args:
        programme: whose customers.
        named: reference, domain or tenant id of each; empty: by number.
        size: how many; None: all that are in no wave.

    Raises:
        BadInput: a customer is unknown or in a wave already, or there is nobody left.
    """
    rows = Move.objects.filter(programme=programme).select_related("customer", "wave")
    if not named:
        if size is not None and size < 1:
            raise BadInput("A wave needs customers.", where="--size", remedy="Give a number above 0.")
        free = list(rows.filter(wave=None).order_by("customer__name")[:size])
        if not free:
            raise BadInput("Every customer is in a wave already.", remedy="`novation import` takes new ones.")
        return free
    if size is not None:
        raise BadInput("Name the customers or give their number, not both.", where="--size")
    return list({one.pk: one for one in (_free(rows, word.strip()) for word in named)}.values())


def _free(rows: QuerySet[Move], word: str) -> Move:
    """The one customer of this reference, domain or tenant id, if it is in no wave."""
    found = rows.filter(
        Q(reference__iexact=word) | Q(customer__domain__iexact=word) | Q(customer__tenant_id__iexact=word)
    )
    if not word or len(found) != 1:
        say = "There is no customer" if not found else f"{len(found)} customers answer to"
        raise BadInput(
            f"{say} {word!r}.",
            where="--customer",
            remedy="Give its reference, its first domain (onmicrosoft.com) or its tenant id.",
        )
    if found[0].wave is not None:
        raise BadInput(f"{word} is in {found[0].wave} already.", where="--customer")
    return found[0]


def move(options: argparse.Namespace) -> int:
    """Shows one move with its newest events, or pauses or resumes it."""
    found = Move.objects.select_related("customer").filter(reference=options.reference.upper()).first()
    if found is None:
        raise BadInput(
            f"There is no move {options.reference}.", remedy="The reference looks like ABC-1234-5678."
        )
    if options.action != "show":
        programmes.set_move_paused(
            found, options.action == "pause", now=clock.now(), actor=ACTOR, reason=options.reason
        )
        print(f"{found}: {options.action} done.")
        return 0
    print(f"{found.reference}  {found.customer.name}  {found.stage}")
    for track in Track:
        state = found.track(track)
        since = getattr(found, f"{track}_since")
        when = f"since {timezone.localtime(since):%d %b %Y %H:%M}" if since else ""
        print(f"  {track:13} {shown(track, state).word:24} {when}")
    print(f"  next: {found.due_why or 'nothing'} ({found.due_who or 'nobody'})")
    for event in Event.objects.filter(move_id=found.pk).order_by("-seq")[:15]:
        print(f"  {event.seq:7} {timezone.localtime(event.at):%d %b %H:%M} {event.tag:32} {event.actor}")
    return 0
