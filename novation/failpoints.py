"""Named places at which a test may kill or stop this process. Off unless a test's environment says so.

`NOVATION_FAILPOINTS="answer-came=kill@3 mail-sent=stop@1"` kills the process when it comes to `answer-came` for the
third time, and stops it at the first `mail-sent`, until somebody sends SIGCONT. Each fires once.
Without the variable a call costs one comparison.
"""

from __future__ import annotations

import os
import signal
import threading

#: Every place, and what has happened when a process comes there.
PLACES = {
    "taken-over": "an engine has started and freed what a dead one held",
    "claim-open": "moves are claimed and intents written, nothing is committed",
    "intent-committed": "the intents are committed, no call has been made",
    "before-send": "a write is about to leave; its lease was checked",
    "answer-came": "a call has its answer, or its time-out; nothing is written",
    "outcome-open": "the first outcome of a group is written, nothing is committed",
    "outcome-committed": "the outcomes are committed, the next calls have not begun",
    "settle-open": "an unknown outcome was looked up and is settled, nothing is committed",
    "budget-granted": "calls were taken out of the shared budget, none was made",
    "sweep-read": "a reading of many customers at once came, nothing is written",
    "mail-claimed": "mails are claimed, none was handed over",
    "mail-sent": "the mail server has taken a mail, nothing is written",
    "mail-recorded": "what became of a mail is committed",
    "checkpoint-signed": "a checkpoint is committed, nobody has stamped it",
    "stopping": "an engine was asked to stop and has handed nothing back",
    "task-open": "an operator's end of a task is written, not committed",
    "decision-open": "a customer's decision is written, not committed",
    "decision-committed": "a customer's decision is committed, the page has not answered",
}


_armed: dict[str, tuple[str, int]] = {}
_lock = threading.Lock()


def arm(text: str) -> None:
    """Arms the failpoints named in `text`; an empty text disarms all.

    Raises:
        ValueError: a name or an action that does not exist, so that a misspelt one is not silently ignored.
    """
    wanted: dict[str, tuple[str, int]] = {}
    for part in text.split():
        name, _, action = part.partition("=")
        kind, _, hit = action.partition("@")
        if name not in PLACES or kind not in ("kill", "stop"):
            raise ValueError(f"There is no failpoint {part!r}.")
        wanted[name] = (kind, int(hit or 1))
    _armed.clear()
    _armed.update(wanted)


def armed() -> bool:
    """True in a test only."""
    return bool(_armed)


def failpoint(name: str) -> None:
    """The process has come to this place."""
    if _armed:
        _reach(name)


def _reach(name: str) -> None:
    with _lock:
        if name not in _armed:
            return
        kind, hits = _armed[name]
        if hits > 1:
            _armed[name] = (kind, hits - 1)
            return
        del _armed[name]
    os.write(2, f"failpoint {name}\n".encode())
    os.kill(os.getpid(), signal.SIGKILL if kind == "kill" else signal.SIGSTOP)


arm(os.environ.get("NOVATION_FAILPOINTS", ""))
