"""A whole programme from an empty folder to its verdict, and once more with its processes killed all the time.

Two rehearsals serve all tests of this file; they run as their own processes, as on a user's machine.
"""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from novation.rehearsal.summary import SEED_DETERMINED

CUSTOMERS = 20
KILLS, WEB_KILLS = 20, 5
LIMIT = 280  # real seconds for one rehearsal, on a machine that does other things as well


def environment() -> dict[str, str]:
    return {
        name: value for name, value in os.environ.items() if not name.startswith(("NOVATION_", "DATABASE_"))
    }


def begin(home: Path, *more: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "novation", "demo", "--stay", "no", "--home", str(home), *more]
    # Into a file: two run at once, and a pipe that nobody reads yet would hold one of them up.
    with said_by(home).open("wb") as said:
        return subprocess.Popen(
            command, env=environment(), stdout=subprocess.DEVNULL, stderr=said, stdin=subprocess.DEVNULL
        )


def said_by(home: Path) -> Path:
    """Where a rehearsal in this folder complains: beside the folder, which it wants to itself."""
    return home.parent / f"{home.name}.said"


class Rehearsals:
    """Two rehearsals of the same programme, one of them with kills; they run at the same time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        kills = ("--kills", str(KILLS), "--web-kills", str(WEB_KILLS))
        self.running = {name: self._begin(name, *more) for name, more in (("calm", ()), ("killed", kills))}

    def _begin(self, name: str, *more: str) -> subprocess.Popen[bytes]:
        said = ("--customers", str(CUSTOMERS), "--seed", "3", "--json", str(self.folder / f"{name}.json"))
        return begin(self.folder / name, *said, *more)

    def summary(self, name: str) -> dict[str, Any]:
        """What one of them came to, when it has ended."""
        process = self.running[name]
        process.wait(LIMIT)
        target = self.folder / f"{name}.json"
        assert target.exists(), said_by(self.folder / name).read_text(encoding="utf-8")[-2000:]
        found: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
        assert (process.returncode == 0) == all(found["invariants"].values())
        return found

    def close(self) -> None:
        for process in self.running.values():
            with process:
                process.kill()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rehearsals")


@pytest.fixture(scope="module")
def rehearsals(folder: Path) -> Iterator[Rehearsals]:
    both = Rehearsals(folder)
    yield both
    both.close()


@pytest.fixture(scope="module")
def calm(rehearsals: Rehearsals) -> dict[str, Any]:
    return rehearsals.summary("calm")


def broken(summary: dict[str, Any]) -> dict[str, Any]:
    """The invariants that do not hold, with what the summary says about them."""
    said = ("unfinished", "repeated", "consents_examples", "notices_examples", "writes_examples", "bundles_wrong",
            "log_faults", "mishaps", "engine_falls")  # fmt: skip
    names = [name for name, holds in summary["invariants"].items() if not holds]
    return {name: {what: summary[what] for what in said if summary[what]} for name in names}


def test_every_invariant_holds(calm: dict[str, Any]) -> None:
    assert broken(calm) == {}
    assert calm["engine_falls"] == []


def test_the_programme_really_happened(calm: dict[str, Any]) -> None:
    assert calm["customers"] == calm["imported"] == CUSTOMERS
    assert calm["moved"] > CUSTOMERS / 2
    assert calm["subscriptions_moved"] > CUSTOMERS
    assert calm["needs_operator"] == 0
    assert len(calm["import_problems"]) == 2
    assert calm["acts"]["customer agreement"] > calm["moved"] / 2  # some have one on record from before
    assert calm["acts"]["operator relationship"] > 0
    assert calm["notices_sent"] > 3 * CUSTOMERS
    assert calm["call_record"]["effects"] > calm["moved"] * 5


def test_the_forecast_was_right(calm: dict[str, Any], record_property: Callable[[str, object], None]) -> None:
    """The simulator knows the rates and no customer: with so few, one silent customer is worth ten days."""
    foreseen, took = calm["forecast"], calm["virtual_days"]
    record_property("forecast", {**foreseen, "took": took})
    assert foreseen["p10"] - 2 <= took <= foreseen["p90"] + 2
    assert abs(foreseen["moved"] - calm["moved"]) <= 5


def test_each_customer_has_a_bundle_on_disk(calm: dict[str, Any], folder: Path) -> None:
    files = sorted((folder / "calm" / "bundles").glob("*.zip"))
    assert len(files) == CUSTOMERS
    assert all(zipfile.is_zipfile(file) for file in files)


def test_engine_and_web_server_may_be_killed_at_any_moment(
    calm: dict[str, Any], rehearsals: Rehearsals, record_property: Callable[[str, object], None]
) -> None:
    """kill -9 at twenty random moments, of the web server at five more, and the summary is the same."""
    killed = rehearsals.summary("killed")
    record_property("looked_up", killed["steps_looked_up"])
    assert broken(killed) == {}
    assert (killed["kills"], killed["web_kills"], killed["kills_left"]) == (KILLS, WEB_KILLS, 0)
    assert {name: killed[name] for name in SEED_DETERMINED} == {name: calm[name] for name in SEED_DETERMINED}


def test_a_folder_that_is_not_a_rehearsals_is_refused(tmp_path: Path) -> None:
    home = tmp_path / "documents"
    home.mkdir()
    (home / "accounts.xlsx").write_text("do not delete")
    with begin(home, "--customers", "1") as refused:
        assert refused.wait(LIMIT) == 2
    complaints = said_by(home).read_text(encoding="utf-8")
    assert "not made by a rehearsal" in complaints
    assert len(complaints.strip().splitlines()) == 1
    assert [path.name for path in home.iterdir()] == ["accounts.xlsx"]
