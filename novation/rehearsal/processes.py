"""Child processes of the rehearsal: started so that they end with it, watched, stopped, and now and then killed."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

WRAPPER = Path(__file__).with_name("child_process.py")


@dataclass
class Child:
    """One running child. `log` holds what it writes to stderr."""

    name: str
    process: subprocess.Popen[str]
    log: Path

    @property
    def alive(self) -> bool:
        """True while it runs."""
        return self.process.poll() is None

    def kill(self) -> None:
        """kill -9 of it and its own children, and waits until it is gone."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self, patience: float = 12.0) -> None:
        """Asks it to end; after `patience` seconds it is made to."""
        if not self.alive:
            return
        self.process.terminate()
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.kill()

    def cpu_seconds(self) -> float:
        """Processor time of it and its own children so far; 0 where the system does not tell (other than Linux)."""
        total = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it ended while we looked
            if int(fields[3]) == self.process.pid:  # the session: each child leads its own
                total += int(fields[11]) + int(fields[12])
        return total / os.sysconf("SC_CLK_TCK")

    def last_words(self, lines: int = 3) -> str:
        """The end of its log, for an error message."""
        try:
            text = self.log.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        return " / ".join(text.strip().splitlines()[-lines:])


def start(
    name: str,
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    log: Path,
    stdout: int | IO[str] | None = None,
    last_signal: int = signal.SIGKILL,
) -> Child:
    """Starts a child that ends with this process. Call it from the main thread: the kernel watches that thread.

    Args:
        name: for messages.
        command: interpreter arguments of a Python program, such as `-m novation engine`.
        environment: complete.
        log: appended to.
        stdout: `subprocess.PIPE` to read its output; the log when None.
        last_signal: what it gets when this process is gone.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as errors:
        process = subprocess.Popen(  # noqa: S603 (our own programs)
            [sys.executable, "-P", str(WRAPPER), str(int(last_signal)), sys.executable, *command],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=errors if stdout is None else stdout,
            stderr=errors,
            text=True,
            start_new_session=True,  # Ctrl-C reaches the director alone, which then stops them in order
        )
    return Child(name, process, log)


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def clean_environment() -> dict[str, str]:
    """This process's environment without any setting of Novation, so that a rehearsal never meets a real one."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("NOVATION_") and name not in ("DATABASE_URL", "DATABASE_URL_FILE")
    }
