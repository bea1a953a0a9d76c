"""Starts web and engine."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import Any

from django.conf import settings

from novation import clock
from novation.domain.errors import BadInput
from novation.engine.clients import opened
from novation.engine.loop import run_engine
from novation.moves.selectors import programmes


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
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", options.host, "--port",
        str(options.port), "--workers", str(options.workers), "--blocking-threads", "4", "--no-ws",
        "--log-level", "warning", "novation.wsgi:application",
    ]  # fmt: skip
    os.environ["NOVATION_HOME"] = str(settings.NOVATION_HOME)
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


def run(options: argparse.Namespace) -> int:
    """Web and engine as two processes of one command; when one ends, the other is stopped."""
    _free(options.host, options.port)
    environment = {**os.environ, "NOVATION_HOME": str(settings.NOVATION_HOME)}
    base = [sys.executable, "-m", "novation"]
    web_arguments = ["--host", options.host, "--port", str(options.port), "--workers", str(options.workers)]
    children: list[subprocess.Popen[Any]] = [
        subprocess.Popen([*base, "web", *web_arguments], env=environment),  # noqa: S603 (our own command)
        subprocess.Popen([*base, "engine", "--with-parent"], env=environment),  # noqa: S603 (our own command)
    ]
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    print(f"Console: {settings.NOVATION_PUBLIC_URL}/console/   Stop with Ctrl-C.", flush=True)
    try:
        while not stopping.wait(0.3) and all(child.poll() is None for child in children):
            pass
    finally:
        failed = [child for child in children if child.poll() not in (None, 0)]
        for child in children:
            if child.poll() is None:
                child.terminate()
        for child in children:
            try:
                child.wait(timeout=15)
            except subprocess.TimeoutExpired:
                child.kill()
    return 1 if failed and not stopping.is_set() else 0
