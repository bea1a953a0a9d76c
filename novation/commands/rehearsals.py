"""Commands that stand beside an installation: the emulator alone, and the demo, which makes a home of its own."""

from __future__ import annotations

import argparse


def emulator(options: argparse.Namespace) -> int:
    """Serves the stand-in for Microsoft; it reads its own options."""
    from novation.emulator import serve

    return serve.main(options.rest)


def demo(options: argparse.Namespace) -> int:
    """Rehearses a whole programme; the director sets up Django for the home that it makes."""
    from novation.rehearsal import director

    return int(director.main(options))
