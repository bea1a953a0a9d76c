"""The folder that one rehearsal fills, emptied at each start, and never somebody else's."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from novation.domain.errors import BadInput

#: Only a folder that holds this file is emptied.
MARKER = "this-is-a-demo.json"


def home_folder(chosen: Path | None) -> Path:
    """Where the rehearsal lives: the folder that was asked for, else `demo` inside the usual home."""
    if chosen is not None:
        return chosen.absolute()
    return Path(os.environ.get("NOVATION_HOME", "var")).absolute() / "demo"


def prepare_home(folder: Path) -> Path:
    """Makes the folder, or empties the one of an earlier rehearsal.

    Raises:
        BadInput: there is something in it, and it is not a rehearsal's.
    """
    if folder.exists() and not folder.is_dir():
        raise BadInput(f"{folder} is not a folder.", remedy="Choose another with --home.")
    if folder.is_dir() and any(folder.iterdir()):
        if not (folder / MARKER).is_file():
            raise BadInput(
                f"{folder} is not empty and was not made by a rehearsal, so nothing in it is touched.",
                remedy="Choose an empty folder with --home.",
            )
        for entry in folder.iterdir():
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
    (folder / "logs").mkdir(parents=True, exist_ok=True)
    (folder / MARKER).write_text(json.dumps({"made_by": "novation demo"}) + "\n", encoding="utf-8")
    return folder
