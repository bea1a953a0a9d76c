"""`make bench` runs what is there, writes one file, and does not stop at a failure."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def bench(folder: Path, *names: str) -> subprocess.CompletedProcess[str]:
    for name in ("run.py", "page.py"):
        shutil.copy(ROOT / "bench" / name, folder)
    return subprocess.run(
        [sys.executable, folder / "run.py", *names],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "COLUMNS": "100"},
    )


def test_figures_are_shown_and_written_with_their_machine(tmp_path: Path) -> None:
    (tmp_path / "reads.py").write_text(
        "def measure():\n    return {'reads': {'a second': 1536.4}, 'ok': True}\n"
    )
    (tmp_path / "no_bench.py").write_text("x = 1\n")
    answer = bench(tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert "reads a second" in answer.stdout
    assert "1,536" in answer.stdout
    written = json.loads((tmp_path / "results.json").read_text())
    assert written["benches"]["reads"]["figures"] == {"reads": {"a second": 1536.4}, "ok": True}
    assert written["benches"].keys() == {"reads"}
    assert written["machine"]["cores"] >= 1
    assert written["commit"] == "unknown"


def test_a_failing_benchmark_is_named_and_the_others_run(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("def measure():\n    raise ValueError('no server')\n")
    (tmp_path / "good.py").write_text("def measure():\n    return {'n': 1}\n")
    answer = bench(tmp_path)
    assert answer.returncode == 1
    written = json.loads((tmp_path / "results.json").read_text())
    assert written["benches"]["bad"]["failed"] == "ValueError: no server"
    assert written["benches"]["good"]["figures"] == {"n": 1}


def test_an_unknown_name_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    (tmp_path / "good.py").write_text("def measure():\n    return {'n': 1}\n")
    answer = bench(tmp_path, "godo")
    assert answer.returncode == 2
    assert "there are: good" in answer.stdout


def test_what_is_not_measured_anew_keeps_its_figures(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("def measure():\n    return {'n': 1}\n")
    (tmp_path / "two.py").write_text("def measure():\n    return {'n': 2}\n")
    bench(tmp_path)
    (tmp_path / "two.py").write_text(
        "def measure():\n    return {'n': 300}\n"
    )  # of another size, or its bytecode would do
    bench(tmp_path, "two")
    written = json.loads((tmp_path / "results.json").read_text())["benches"]
    assert {name: result["figures"] for name, result in written.items()} == {
        "one": {"n": 1},
        "two": {"n": 300},
    }


def test_the_page_of_figures_shows_alike_measurements_side_by_side(tmp_path: Path) -> None:
    folder = tmp_path / "bench"
    folder.mkdir()
    (tmp_path / "docs" / "reference").mkdir(parents=True)
    (folder / "sizes.py").write_text(
        "def measure():\n"
        "    return {'1,000': {'ms': 12.34, 'MB': 90}, '10,000': {'ms': 12.5, 'MB': 91}, 'ratio': 1.01}\n"
    )
    assert bench(folder).returncode == 0
    page = (tmp_path / "docs" / "reference" / "figures.md").read_text()
    assert (
        "| figure | 1,000 | 10,000 |\n| --- | ---: | ---: |\n| ms | 12.3 | 12.5 |\n| MB | 90 | 91 |" in page
    )
    assert "| ratio | 1.01 |" in page
    assert "make bench ARGS=sizes" in page
