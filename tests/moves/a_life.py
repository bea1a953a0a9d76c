"""A customer's whole story in an installation of its own; run as a program by `test_erasing` in another process.

Arguments: `live`, then in a second process `erase`. The home is NOVATION_HOME.
"""

from __future__ import annotations

import argparse
import sys
from datetime import timedelta
from pathlib import Path

import django

PERSON = {
    "name": "Žofie Nedbalová-Kvapil",
    "function": "Jednatelka-Zvláštní",
    "email": "zofie.kvapil@strojirny.example",
    "phone": "+420 777 123 987",
    "authority": "Smím mluvit za firmu, Žofie.",
    "statement": "Já, Kvapil, zmocňuji.",
    "address": "198.51.100.77",
    "agent": "Prohlizec-Zvlastni/7.3",
    "reason": "Volejte prosím Bohumilovi-Kvapilovi.",
}


def live(home: Path) -> None:
    """Import, letter, decision with page and receipt, a question, a task note, a certificate, a bundle."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from django.db import transaction

    from novation.domain.steps import TaskKind
    from novation.moves import bundles
    from novation.moves.models import Move
    from novation.moves.services import tasks
    from novation.notices.services import queue
    from tests import people, telling

    now = people.NOW
    person = {"contact": PERSON["name"], "email": PERSON["email"]}
    (move,) = people.moves(1, language="cs", **person)
    (other,) = people.moves(1, move.programme)
    for one in (move, other):
        people.put(one, notice="queued")
        queue(move=one, purpose="announcement", now=now)
    telling.deliver(now)
    for one in (move, other):
        people.put(one, decision="asked")
    fields = {key: PERSON[key] for key in PERSON if key not in ("email", "reason")}
    page = f"<p>{PERSON['name']}, {PERSON['email']}, {PERSON['phone']}</p>".encode()
    people.says(move, "question", reason=PERSON["reason"], shown=page, **fields)
    made = people.says(move, "declined", reason=PERSON["reason"], shown=page + b"<p>no</p>", **fields)
    queue(move=move, purpose="receipt", now=now, about={"decision": made.pk})
    telling.deliver(now + timedelta(minutes=5))
    with transaction.atomic():
        opened = people.task(move, TaskKind.FIND_CONTACT)
    worker = people.operator("petra")
    tasks.take(opened, worker, now)
    tasks.release(opened, worker, now, reason=f"{PERSON['name']} does not answer {PERSON['phone']}.")
    Move.objects.filter(pk=move.pk).update(stage="stays")
    both = Move.objects.select_related("customer", "programme").order_by("pk")
    list(bundles.export(both, home / "bundles", now=now, certify=True))


def erase(home: Path) -> None:
    """As the command does, and one more export to a folder of its own."""
    from django.db import connection

    from novation import clock
    from novation.clock import FixedClock
    from novation.commands import evidence
    from novation.moves.models import Move
    from tests.people import NOW

    clock.use_clock(FixedClock(NOW + timedelta(hours=2)))
    reference = Move.objects.order_by("pk").values_list("reference", flat=True)[0]
    options = argparse.Namespace(action="erase", what=[reference], reason="Art. 17 GDPR, request 12")
    evidence.evidence(options)
    options = argparse.Namespace(action="export", what=[], plain=True, out=home / "after")
    evidence.evidence(options)
    connection.close()


if __name__ == "__main__":
    from novation import settings

    django.setup()
    {"live": live, "erase": erase}[sys.argv[1]](settings.NOVATION_HOME)
