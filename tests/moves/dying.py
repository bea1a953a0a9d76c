"""Dies by kill -9 at each statement of one service call; run as a program by `test_dying_between`.

Prints, for each place of death, `<decision state> <number of events> <sound or broken>`.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

import django


class Dying:
    """Kills this process before or after a given statement on the database."""

    def __init__(self, statement: int, after: bool) -> None:
        self.left, self.after = statement, after

    def __call__(self, execute: Callable[..., Any], *given: Any) -> Any:
        self.left -= 1
        if self.left == 0 and not self.after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = execute(*given)
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result


def attempt(statement: int, after: bool) -> bool:
    """One customer's decision in a process of its own; True when it lived to the end."""
    from django.db import connection

    child = os.fork()
    if child == 0:
        from novation.moves.models import Move
        from tests import people

        move = Move.objects.get()
        with connection.execute_wrapper(Dying(statement, after)):
            people.says(move, "declined")
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0


def state() -> str:
    """What a process that comes later finds."""
    from django.db import connection

    from novation.evidencelog.models import Event
    from novation.moves.models import Decision, Move
    from novation.rehearsal.evidence_log import find_faults

    decided = Event.objects.filter(tag="decision:declined").count()
    move = Move.objects.get()
    line = (
        f"{move.decision_state} {Decision.objects.count()} {decided} {'broken' if find_faults() else 'sound'}"
    )
    connection.close()  # the next child must not share it
    return line


def main() -> None:
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    from tests import people

    (move,) = people.moves(1)
    people.put(move, notice="queued")
    people.put(move, notice="sent", decision="asked")
    connection.close()
    for statement in range(1, 200):
        for after in (False, True):
            lived = attempt(statement, after)
            print(state(), flush=True)
            if lived:
                return


if __name__ == "__main__":
    django.setup()
    main()
