"""Raises senders and kills them (-9), one after the other, until every mail has its outcome; run as a program.

Each sender is the engine's own mail work in a process of its own. Customers are laid down first. Prints the final
states as JSON: what the database says, for the test to compare with what the mail server saw.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import time
from datetime import timedelta

import django

#: Instead of minutes between tries, so that a campaign with many refusals comes to an end.
SOON = (timedelta(seconds=0.3), timedelta(seconds=0.6), timedelta(seconds=1))


def lay(recipients: int) -> None:
    """So many customers, each with its announcement in the queue."""
    from django.db import transaction

    from novation.domain.policy import Policy
    from novation.notices import services
    from tests.telling import NOW, make_move, make_programme

    # At any hour, since the senders run by the real clock; and to the end, since here the dead are many on purpose.
    policy = Policy(mail_from=0, mail_until=0, stop_bounces_of=0, stop_complaints_of=0)
    programme = make_programme(policy_values=policy.to_json())
    languages = ("en", "de", "fr", "es", "cs")
    for start in range(0, recipients, 250):
        with transaction.atomic():
            for number in range(start, min(start + 250, recipients)):
                move = make_move(
                    programme,
                    name=f"Customer number {number:05d}",
                    person=f"Person Number{number:05d}",
                    items=0,
                    notice="queued",
                    language=languages[number % 5],
                )
                services.queue(move=move, purpose="announcement", now=NOW)


def sender() -> None:
    """One life: first what the dead left is settled, then mails are sent until none is left."""
    from novation import clock
    from novation.engine import claims, mail_sender
    from novation.notices.delivery import recording
    from novation.notices.models import Notice

    recording.BACK_OFF = SOON
    owner = claims.owner_name()
    mail_sender.recover(owner, clock.clock())

    async def live() -> None:
        stop = asyncio.Event()
        work = asyncio.create_task(mail_sender.run(owner, clock.clock(), stop))
        open_ones = Notice.objects.filter(state__in=("queued", "sending"))
        while await asyncio.to_thread(open_ones.exists):  # noqa: ASYNC110 (no event says that the queue is empty)
            await asyncio.sleep(0.1)
        stop.set()
        await work

    asyncio.run(live())


def life(seconds: float | None) -> bool:
    """Forks a sender and kills it after so long; True when it ended by itself."""
    child = os.fork()
    if child == 0:
        sender()
        os._exit(0)
    if seconds is not None:
        time.sleep(seconds)
        done, status = os.waitpid(child, os.WNOHANG)
        if not done:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return False
        return os.waitstatus_to_exitcode(status) == 0
    _, status = os.waitpid(child, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit("a sender that nobody killed did not end well")
    return True


def main(recipients: int, kills: int, longest: float) -> None:
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    lay(recipients)
    connection.close()
    dice = random.Random(5)
    killed = 0
    while killed < kills and not life(dice.uniform(0.1, longest)):
        killed += 1
    life(None)

    from novation.evidencelog.models import Event
    from novation.notices.models import Link, Notice
    from novation.notices.services import link_url

    links = {link.move_id: link_url(link) for link in Link.objects.all()}
    rows = [
        {
            "email": notice.contact.email,
            "name": notice.move.customer.name,
            "person": notice.contact.name,
            "reference": notice.move.reference,
            "link": links.get(notice.move_id, ""),
            "state": notice.state,
            "error": notice.error,
            "notice": notice.move.notice_state,
            "events": Event.objects.filter(move_id=notice.move.pk, tag__startswith="notice:").count(),
        }
        for notice in Notice.objects.select_related("contact", "move__customer")
    ]
    print(json.dumps({"killed": killed, "rows": rows}))


if __name__ == "__main__":
    django.setup()
    main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
