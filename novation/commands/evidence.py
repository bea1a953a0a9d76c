"""Bundles: exported for customers, verified by anyone."""

from __future__ import annotations

import argparse
import asyncio
import hashlib
from collections.abc import Callable
from pathlib import Path

import httpx2
from cryptography import x509
from django.conf import settings
from rich.progress import track as bar

from novation import clock
from novation.commands.accounts import the_programme
from novation.domain.errors import BadInput
from novation.engine import checkpointer
from novation.evidence.errors import BadTimestamp
from novation.evidence.timestamp import chain_in, stamp_request
from novation.evidencelog import bundles as packing
from novation.evidencelog.services import log_key_rotation, log_keys, timestamps
from novation.evidencelog.trust_anchors import published
from novation.moves import bundles
from novation.moves.models import Move
from novation.moves.selectors import retention
from novation.moves.services import erasure


def evidence(options: argparse.Namespace) -> int:
    """Writes, checks, trusts or forgets, as the first word says."""
    table: dict[str, Callable[[argparse.Namespace], int]] = {
        "export": _export,
        "verify": _verify,
        "pin": _pin,
        "pins": _pins,
        "erase": _erase,
        "due": _due,
        "rotate-key": _rotate,
    }
    return table[options.action](options)


def _erase(options: argparse.Namespace) -> int:
    """Erases the people of ended moves: the values go, the proofs stay, the erasure is on record."""
    if not options.what:
        raise BadInput("No move is named.", remedy="novation evidence erase REFERENCE … --reason TEXT")
    now = clock.now()
    for reference in options.what:
        move = Move.objects.select_related("customer").filter(reference=reference.upper()).first()
        if move is None:
            raise BadInput(f"There is no move {reference}.")
        old = erasure.bundle_file(move.customer.reference).exists()
        gone = erasure.erase(move, reason=options.reason, actor="command", now=now)
        fields = sum(len(names) for names in gone.fields.values())
        print(f"{move.reference}: {fields} values and {len(gone.documents)} documents erased.")
        if old:
            print(
                "  The bundle here was deleted too: it was written before. Copies elsewhere are yours to find."
            )
    erasure.forget_free_pages()
    return 0


def _due(options: argparse.Namespace) -> int:
    """Lists the moves whose people are due to be erased by the policy. Somebody decides; nothing happens by itself."""
    programme, now = the_programme(), clock.now()
    print(
        f"People are due {programme.policy.keep_people.days} days after their move has ended "
        "(`novation policy set keep_people=…`)."
    )
    found = retention.due(programme, now=now)
    for one in found.iterator(chunk_size=500):
        ended = vars(one)["ended_at"]  # an annotation, which the type of the rows does not know
        print(f"{one.reference}  ended {ended:%d %b %Y}  {one.customer.name}")
    print(f"{found.count()} due. Erase with: novation evidence erase REFERENCE … --reason TEXT")
    return 0


def _rotate(options: argparse.Namespace) -> int:
    """Replaces the log key. A running engine signs with the new one from its next checkpoint on."""
    print(f"The log key is {log_keys.log_vkey()}")
    print(
        "The new one signs everything from now on. Both are needed for ever: keep a backup of the keys folder."
    )
    if not options.yes and input("Replace it? Type yes: ").strip().lower() != "yes":
        print("Nothing was changed.")
        return 1
    made = log_key_rotation.rotate(now=clock.now(), actor="command")
    print(
        f"The log key is now {made.vkey}\nPublish it where the old one stands; bundles carry the hand-over."
    )
    return 0


def _pin(options: argparse.Namespace) -> int:
    services: dict[str, str] = settings.NOVATION_TIME_SERVICES
    if len(options.what) != 1 or options.what[0] not in services:
        raise BadInput(f"Name one time service: {', '.join(services) or 'none is set'}.")
    service = options.what[0]
    try:
        answer = httpx2.post(
            services[service],
            content=stamp_request(b"novation").body,
            headers={"Content-Type": "application/timestamp-query"},
            timeout=20.0,
        )
        chain = chain_in(answer.content)
    except (httpx2.HTTPError, BadTimestamp) as error:
        raise BadInput(f"{service} at {services[service]} did not answer: {error}.") from error
    print(f"{service} signs with these certificates, the signer first:")
    for one in chain:
        certificate = x509.load_der_x509_certificate(one)
        print(f"  {hashlib.sha256(one).hexdigest()}  {certificate.subject.rfc4514_string()}")
    print("Compare them with what the service publishes. Whoever signs with them is believed about time.")
    if not options.yes and input("Trust it? Type yes: ").strip().lower() != "yes":
        print("Nothing was changed.")
        return 1
    timestamps.pin(service, chain)
    print(f"{service} is pinned.")
    return 0


def _pins(options: argparse.Namespace) -> int:
    """Prints what readers can compare bundles with; publish it where your contracts or mails point to."""
    print(published(), end="")
    return 0


def _export(options: argparse.Namespace) -> int:
    folder: Path = options.out or settings.NOVATION_HOME / "bundles"
    moves = Move.objects.select_related("customer", "programme").order_by("reference")
    if options.what:
        wanted = [reference.upper() for reference in options.what]
        moves = moves.filter(reference__in=wanted)
        missing = set(wanted) - set(moves.values_list("reference", flat=True))
        if missing:
            raise BadInput(f"There is no move {', '.join(sorted(missing))}.")
    count = moves.count()
    written = bundles.export(moves, folder, now=clock.now(), certify=not options.plain, stamp=_stamp)
    for _path in bar(written, total=count, description="Exporting", transient=True):
        pass
    print(f"{count} bundles in {folder}.")
    return 0


def _stamp() -> None:
    left = asyncio.run(checkpointer.stamp_now(clock.clock()))
    if left:
        print(f"{left} time stamps are still awaited; the bundles say so. `novation check` tells why.")


def _verify(options: argparse.Namespace) -> int:
    if not options.what:
        raise BadInput("No bundle is named.", remedy="novation evidence verify FILE …")
    return packing.verify_files(
        [Path(name) for name in options.what],
        now=clock.now(),
        as_json=options.json,
        witnesses=options.witness,
    )
