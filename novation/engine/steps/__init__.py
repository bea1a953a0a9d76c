"""The steps: one file a kind, which declares everything about it as `STEP`.

A file here is found by itself. What the rules, plans, pages and the web server must know of its step goes from here to
`novation.domain.steps.RULES` when Django loads the application (`apps.py`), so that nothing below imports the engine.
"""

from __future__ import annotations

import importlib
import pkgutil

from novation.domain.steps import RULES, declare
from novation.engine.step import Step

#: Every step by its kind.
STEPS: dict[str, Step] = {}


def load() -> None:
    """Imports every file of this package and puts its step on the list; what is there already is left alone.

    Raises:
        ValueError: a file is not named like the kind that it declares.
    """
    for found in pkgutil.iter_modules(__path__):
        step: Step = importlib.import_module(f"{__name__}.{found.name}").STEP
        if step.kind != found.name.replace("_", "-"):
            raise ValueError(f"{found.name}.py declares the step {step.kind}.")
        if step.kind not in RULES:
            declare(step)
            STEPS[step.kind] = step
