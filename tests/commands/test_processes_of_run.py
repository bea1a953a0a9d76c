"""`novation run`: a process that ends is started again and takes nothing with it."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest

from novation.commands import processes
from novation.commands.processes import Child, attend


def child(name: str, program: str) -> Child:
    return Child(name, [sys.executable, "-c", program], dict(os.environ))


def test_an_engine_that_dies_is_started_again_and_the_web_server_goes_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(processes, "LONGEST_PAUSE", 0.0)
    stopping, web_ended = threading.Event(), []
    web = child("web server", "import time; time.sleep(60)")
    engine = child("engine", "raise SystemExit(1)")
    engine._pause = 0.0
    start = engine.start

    def started() -> None:
        web_ended.append(web.process is not None and web.process.poll() is not None)
        if engine.starts == 3:
            stopping.set()
        start()

    monkeypatch.setattr(engine, "start", started)
    assert attend([web, engine], stopping) == 0
    assert engine.starts == 4
    assert not any(web_ended)
    assert web.starts == 1
    assert web.process is not None and web.process.poll() is not None, "both are stopped at the end"
    assert "engine ended with code 1" in caplog.text


def test_what_cannot_start_at_all_ends_the_whole() -> None:
    web = child("web server", "import time; time.sleep(60)")
    engine = child("engine", f"raise SystemExit({processes.REFUSED})")
    assert attend([web, engine], threading.Event()) == 1
    assert (web.starts, engine.starts) == (1, 1)


def test_pauses_grow_and_begin_anew_when_all_was_well(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(processes.time, "monotonic", lambda: now)

    class Ended:
        def poll(self) -> int:
            return 1

    monkeypatch.setattr(processes.subprocess, "Popen", lambda *_given, **_named: Ended())
    engine = child("engine", "")
    engine.start()
    pauses = []
    for _ in range(8):
        engine.attend()
        pauses.append(engine._next - now)
        now = engine._next
        engine.attend()
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]
    now += processes.WELL
    engine.attend()
    assert engine._next - now == 1
