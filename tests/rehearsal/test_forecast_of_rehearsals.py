"""The simulator foresees what a rehearsal then does: finish day within two days, moved customers within 5 %."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rehearsal.test_whole_programme import environment

TOLERANCE = 2  # days
CUSTOMERS = 200


@pytest.mark.soak
@pytest.mark.parametrize("seed", [1, 4])
def test_a_rehearsal_ends_when_the_simulator_says(tmp_path: Path, seed: int) -> None:
    target = tmp_path / "summary.json"
    command = [
        sys.executable, "-m", "novation", "demo", "--stay", "no", "--home", str(tmp_path / "home"),
        "--customers", str(CUSTOMERS), "--seed", str(seed), "--faults", "none", "--json", str(target),
    ]  # fmt: skip
    subprocess.run(command, env=environment(), timeout=1800, stdin=subprocess.DEVNULL, check=True)
    found = json.loads(target.read_text(encoding="utf-8"))
    foreseen = found["forecast"]
    assert foreseen["p10"] - TOLERANCE <= found["virtual_days"] <= foreseen["p90"] + TOLERANCE
    assert abs(found["virtual_days"] - foreseen["p50"]) <= TOLERANCE
    assert abs(foreseen["moved"] - found["moved"]) <= CUSTOMERS * 0.05
