"""Builds and refreshes the virtual environment `.venv`, started by `bin/setup`.

1. Compare the stamp in `.venv` with the lock, pyproject.toml and the Python version; equal means ready.
2. Create `.venv` if there is none, or if it belongs to another place or another Python.
3. Install the locked wheels, with their hashes checked, in as many parts at a time as there are cores.
4. Put the project itself on the path and write the `novation` command.
5. Compile the packages to byte code, and the project too, at each run. Where PYTHONDONTWRITEBYTECODE is set, as
   in many containers, every process would otherwise compile all that it imports, which is half its start.
6. Write the stamp.

Uses the standard library only. Every failure ends in one sentence that says what to do.
"""

import compileall
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "novation-setup.json"
LOG = VENV / "novation-setup.log"
LOCKS = {
    "runtime": ROOT / "requirements" / "runtime.txt",
    "dev": ROOT / "requirements" / "dev.txt",
}

# The first lines are shell and Python at once: a path with spaces cannot stand behind `#!`.
COMMAND = """#!/bin/sh
'''exec' "{python}" "$0" "$@"
' '''
import sys

from novation.cli import main

if __name__ == "__main__":
    sys.exit(main())
"""

# What no process of ours imports, or next to none: 17,000 files of which one test needs some, and pip itself.
NOT_COMPILED = r"/(msgraph|pip|setuptools|tests?)/"

# pip's own words on the left; what a person should read on the right.
REMEDIES = (
    (
        "DO NOT MATCH THE HASHES",
        "A downloaded package is not the one that was locked: do not use it, and tell us.",
    ),
    ("No space left on device", "The disk is full: free about 1 GB and run this again."),
    (
        r"NewConnectionError|Name or service not known|name resolution|Network is unreachable|timed out"
        r"|Connection refused|ConnectionResetError|ProxyError|Could not fetch URL",
        "The packages cannot be downloaded: no answer from the package index. Check the network"
        " (or point pip at your mirror with PIP_INDEX_URL) and run this again.",
    ),
    ("Permission denied", "Some files in .venv belong to somebody else: remove .venv and run this again."),
    (
        "No matching distribution found",
        "The package index has no wheel of a locked package for this Python and machine:"
        " name a Python from 3.11 to 3.14 with PYTHON=/path/to/python3.",
    ),
)


class SetupFailed(Exception):
    """Set-up cannot go on; the message is the one sentence to show."""


def digest(kind: str) -> str:
    """What the environment depends on, as one hash: lock, pyproject.toml, this file, Python."""
    found = hashlib.sha256(repr((sys.version_info[:3], str(ROOT))).encode())
    for path in (LOCKS[kind], ROOT / "pyproject.toml", Path(__file__)):
        found.update(path.read_bytes())
    return found.hexdigest()


def stamps() -> dict[str, str]:
    """What was installed last: kind -> digest, and `root`, the folder it was installed for."""
    try:
        read = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}


def is_ready(kind: str) -> bool:
    """True when the environment already holds what `kind` needs; the dev lock contains the runtime lock."""
    have = stamps()
    return any(have.get(name) == digest(name) for name in dict.fromkeys((kind, "dev")))


def interpreter() -> Path:
    return VENV / "bin" / "python"


def usable() -> bool:
    """True when `.venv` runs the Python that we were started with, stands where it was made, and has pip."""
    if stamps().get("root", str(ROOT)) != str(ROOT):
        return False
    probe = "import sys, pip; print('.'.join(map(str, sys.version_info[:2])))"
    try:
        answer = subprocess.run([interpreter(), "-c", probe], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return answer.returncode == 0 and answer.stdout.strip() == "{}.{}".format(*sys.version_info[:2])


def create() -> None:
    """Makes `.venv` anew with the Python outside it."""
    outside = getattr(sys, "_base_executable", sys.executable)
    say(f"Creating .venv with Python {sys.version.split()[0]} …")
    if VENV.is_symlink() or VENV.exists():
        shutil.rmtree(VENV)
    made = subprocess.run([outside, "-m", "venv", VENV], capture_output=True, text=True, check=False)
    if made.returncode:
        if "ensurepip" in made.stdout + made.stderr:
            raise SetupFailed(
                "This Python has no ensurepip module: install it"
                " (Debian and Ubuntu: apt-get install python3-venv)."
            )
        raise SetupFailed(
            f"The virtual environment could not be made: {last_line(made.stderr + made.stdout)}"
        )


def requirements(lock: Path) -> list[str]:
    """The lock cut into its entries; each keeps its hashes."""
    entries: list[str] = []
    for line in lock.read_text().splitlines():
        if line.startswith((" ", "\t")) and entries:
            entries[-1] += "\n" + line
        elif line.strip() and not line.startswith("#"):
            entries.append(line)
    return entries


def install(kind: str) -> None:
    """Installs the lock of `kind`.

    The entries are independent of each other (the lock is complete, so pip resolves nothing), which is
    why several pips may share the work; it halves the time on two cores.
    """
    entries = requirements(LOCKS[kind])
    parts = min(os.cpu_count() or 1, 4)
    environment = {**os.environ, "PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    command = [str(interpreter()), "-m", "pip", "install", "--no-deps", "--require-hashes", "--no-compile"]
    command += ["--only-binary", ":all:", "--no-input", "--progress-bar", "off", "--retries", "2"]
    command += ["--no-warn-conflicts", "--root-user-action", "ignore"]
    say(f"Installing {len(entries)} locked packages …")
    with tempfile.TemporaryDirectory() as folder:
        running = []
        for number in range(parts):
            part = Path(folder) / f"part-{number}.txt"
            part.write_text("\n".join(entries[number::parts]) + "\n")
            log = part.with_suffix(".log")
            with log.open("w") as output:
                running.append(
                    (
                        subprocess.Popen(
                            [*command, "-r", part], stdout=output, stderr=output, env=environment
                        ),
                        log,
                    )
                )
        watch([process for process, _ in running], [log for _, log in running], len(entries))
        said = "".join(log.read_text(errors="replace") for _, log in running)
    LOG.write_text(said)
    if any(process.returncode for process, _ in running):
        raise SetupFailed(remedy(said))


def watch(running: list["subprocess.Popen[bytes]"], logs: list[Path], total: int) -> None:
    """Waits for every pip and, on a terminal, counts the packages that were fetched."""
    while any(process.poll() is None for process in running):
        if sys.stderr.isatty():
            seen = sum(
                len(re.findall("^(?:Collecting|Requirement already)", log.read_text(), re.M)) for log in logs
            )
            step = "installing" if seen >= total else "fetching"
            print(f"\r  {step} {min(seen, total)} of {total}  ", end="", file=sys.stderr, flush=True)
        try:
            running[0 if running[0].poll() is None else -1].wait(timeout=0.3)
        except subprocess.TimeoutExpired:
            continue
    if sys.stderr.isatty():
        print("\r" + " " * 30 + "\r", end="", file=sys.stderr)


def remedy(said: str) -> str:
    """The one sentence for a failed installation; `said` is everything pip printed."""
    for pattern, sentence in REMEDIES:
        if re.search(pattern, said):
            return f"{sentence} (Details: {LOG.relative_to(ROOT)})"
    return f"pip could not install the packages: {last_line(said)} (Details: {LOG.relative_to(ROOT)})"


def last_line(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.upper().startswith("ERROR")]
    return (errors or lines or ["no reason given"])[-1][:200]


def link_project() -> None:
    """Makes the working tree importable and writes `.venv/bin/novation`.

    A path file instead of `pip install -e`: nothing is built, so no build tool has to be fetched.
    """
    (packages() / "novation-source.pth").write_text(f"{ROOT}\n")
    command = VENV / "bin" / "novation"
    command.write_text(COMMAND.format(python=interpreter()))
    command.chmod(0o755)


def packages() -> Path:
    """The folder of installed packages."""
    probe = "import sysconfig; print(sysconfig.get_path('purelib'))"
    answer = subprocess.run([interpreter(), "-c", probe], capture_output=True, text=True, check=True)
    return Path(answer.stdout.strip())


def compile_packages() -> None:
    """Compiles the installed packages on all cores; what is compiled already is left alone.

    A file that cannot be compiled is the package's affair, or was written for another Python: nothing fails here.
    """
    command = [str(interpreter()), "-m", "compileall", "-q", "-j", "0", "-x", NOT_COMPILED, str(packages())]
    subprocess.run(command, capture_output=True, check=False)


def compile_project() -> None:
    """Compiles what changed in the working tree since the last time."""
    if Path(sys.prefix) == VENV:
        compileall.compile_dir(ROOT / "novation", quiet=2)
    else:
        command = [str(interpreter()), "-m", "compileall", "-q", "-j", "0", str(ROOT / "novation")]
        subprocess.run(command, capture_output=True, check=False)


def say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def prepare(kind: str) -> None:
    """Brings `.venv` up to date for `kind` ("runtime" or "dev").

    Raises SetupFailed with one sentence when it cannot be done.
    """
    if is_ready(kind):
        compile_project()
        return
    # The files of the tree may belong to root while an ordinary user runs make.
    if not os.access(VENV if VENV.exists() else ROOT, os.W_OK):
        raise SetupFailed(f"No right to write in {ROOT}: run this as the owner, or in a copy of your own.")
    with (ROOT / "pyproject.toml").open() as door:
        fcntl.flock(door, fcntl.LOCK_EX)
        if is_ready(kind):
            compile_project()
            return
        if not usable():
            create()
        before = stamps()
        STAMP.unlink(missing_ok=True)
        install(kind)
        link_project()
        compile_packages()
        compile_project()
        # Only the kind just installed is known to fit: the other's packages may have changed underneath.
        keep = {"dev": before["dev"]} if kind == "runtime" and before.get("dev") == digest("dev") else {}
        STAMP.write_text(json.dumps({**keep, "root": str(ROOT), kind: digest(kind)}))


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or arguments[0] not in LOCKS:
        say("Use: bin/setup runtime | dev")
        return 2
    try:
        prepare(arguments[0])
    except SetupFailed as failed:
        say(str(failed))
        return 1
    except OSError as failed:
        say(f"Set-up could not write its files: {failed.strerror} ({failed.filename}).")
        return 1
    except KeyboardInterrupt:
        say("Set-up was stopped; run it again to finish it.")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
