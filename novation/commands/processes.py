"""Starts web and engine."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings

from novation import clock
from novation.domain.errors import BadInput
from novation.engine.clients import opened
from novation.engine.loop import run_engine
from novation.moves.selectors import programmes
from novation.serving import server

log = logging.getLogger(__name__)

#: Real seconds before the first restart of a process that ended; doubled with each, up to the second.
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
#: Real seconds after which a process that ran is well again: its next end counts as the first.
WELL = 300.0
#: Exit code of a command that refuses to begin, with a sentence that says what to do.
REFUSED = 2


def _free(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise BadInput(
                f"Port {port} on {host} cannot be used: {error.strerror}.",
                remedy="Choose another with --port.",
            ) from error


def web(options: argparse.Namespace) -> int:
    """Serves the pages until it is stopped."""
    _free(options.host, options.port)
    os.environ["NOVATION_HOME"] = str(settings.NOVATION_HOME)
    command = [sys.executable, *server(options.host, options.port, options.workers)]
    host = f"[{options.host}]" if ":" in options.host else options.host
    print(f"The pages are on http://{host}:{options.port}/, the console on /console/.", flush=True)
    os.execv(sys.executable, command)  # noqa: S606 (our own interpreter, no shell)


def engine(options: argparse.Namespace) -> int:
    """Runs the engine until it is stopped; it finishes or hands back what it has within ten seconds."""
    if options.with_parent:
        _die_with_parent()
    asyncio.run(run_engine(opened(programmes.account_slugs()), clock.clock()))
    return 0


def _die_with_parent() -> None:
    """Stops the engine when the process that started it is gone."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


@dataclass
class Child:
    """One process of `novation run`, started again when it ends.

    Args:
        name: for people.
        command: that starts it.
        environment: of the process.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0
    _began: float = 0.0
    _next: float = 0.0
    _pause: float = FIRST_PAUSE

    def start(self) -> None:
        """Starts it."""
        self.process = subprocess.Popen(self.command, env=dict(self.environment))  # noqa: S603 (our own command)
        self.starts, self._began = self.starts + 1, time.monotonic()

    def attend(self) -> bool:
        """Starts it again when it has ended, later each time.

        Returns:
            False when its first start was refused with a sentence for a person: starting it again would not help.
        """
        now = time.monotonic()
        if self.process is None:
            if now >= self._next:
                self.start()
            return True
        code = self.process.poll()
        if code is None:
            return True
        if code == REFUSED and self.starts == 1:
            return False
        if now - self._began >= WELL:
            self._pause = FIRST_PAUSE
        log.error(
            "The %s ended with code %d; it is started again in %.0f s. The rest goes on.", self.name, code, self._pause,
            extra={"action": "process_ended", "child": self.name},
        )  # fmt: skip
        self.process, self._next, self._pause = None, now + self._pause, min(self._pause * 2, LONGEST_PAUSE)
        return True


def attend(children: Sequence[Child], stopping: threading.Event) -> int:
    """Starts processes and keeps them running until `stopping` is set or one of them cannot start at all.

    Returns:
        The exit code of the whole: 0, or 1 when one could not start.
    """
    try:
        for child in children:
            child.start()
        while not stopping.wait(0.3):
            if not all(child.attend() for child in children):
                return 1
        return 0
    finally:
        running = [child.process for child in children if child.process is not None]
        for process in running:
            if process.poll() is None:
                process.terminate()
        for process in running:
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def run(options: argparse.Namespace) -> int:
    """Web and engine as two processes of one command; one that ends is started again, and the other goes on."""
    _free(options.host, options.port)
    environment = {**os.environ, "NOVATION_HOME": str(settings.NOVATION_HOME)}
    base = [sys.executable, "-m", "novation"]
    web_arguments = ["--host", options.host, "--port", str(options.port), "--workers", str(options.workers)]
    children = [
        Child("web server", [*base, "web", *web_arguments], environment),
        Child("engine", [*base, "engine", "--with-parent"], environment),
    ]
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    print(f"Console: {settings.NOVATION_PUBLIC_URL}/console/   Stop with Ctrl-C.", flush=True)
    return attend(children, stopping)
