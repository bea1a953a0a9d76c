"""Runs a program that ends when the process that started it ends, however that one ended.

`python -P child_process.py SIGNAL PROGRAM ARGUMENT…`: on Linux the kernel sends the signal; elsewhere this
process stays beside the program and looks every half second.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> int:
    """Becomes the program, or stays beside it; returns its exit code."""
    number, command, parent = int(arguments[0]), arguments[1:], os.getppid()
    if sys.platform == "linux":
        if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, number, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "The kernel does not tell when the parent ends.")
        if os.getppid() != parent:
            return 1
        os.execv(command[0], command)  # noqa: S606 (our own programs, no shell)
    child = subprocess.Popen(command)  # noqa: S603 (our own programs)
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    while child.poll() is None:
        if os.getppid() != parent:
            child.send_signal(number)
        time.sleep(0.5)
    return child.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
