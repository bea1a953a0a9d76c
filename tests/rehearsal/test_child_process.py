"""Children end with the process that started them, even when that one is killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

PARENT = """
import sys, time
from pathlib import Path
from novation.rehearsal import processes
log = Path(sys.argv[1])
command = ["-c", "import os, time; print(os.getpid(), flush=True); time.sleep(60)"]
child = processes.start("child", command, environment=processes.clean_environment(), log=log)
time.sleep(60)
"""


def wait_for(condition: object, seconds: float = 15.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():  # type: ignore[operator]  # a callable without arguments
            return True
        time.sleep(0.05)
    return False


def running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # Killed, but not yet collected by whoever adopted it.
    return ") Z " not in Path(f"/proc/{pid}/stat").read_text() if Path("/proc").is_dir() else True


def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "child.log"
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(log)])
    try:
        assert wait_for(lambda: log.exists() and log.read_text().strip().isdigit())
        child = int(log.read_text())
        assert running(child)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        assert wait_for(lambda: not running(child))
    finally:
        parent.kill()
        parent.wait()
