"""The command line of the verifier, and the one file that travels in each bundle."""

import ast
import json
from importlib.resources import files
from pathlib import Path

import pytest

from novation.evidence.verifier.archive import unpack
from novation.evidence.verifier.command import main, read_pins
from novation.evidence.verifier.embedding import PACKAGE, PARTS, verify_script
from novation.evidence.verify import verify
from tests.evidence.forging import sealed_again
from tests.evidence.sample_log import sample_log
from tests.evidence.stamped_log import full_log, full_pins

NOW = "2026-12-01"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a bundle, its pins and a witness."""
    log, changes = full_log()
    pins = full_pins(log)
    lines = ["# what I know", *(f"log {key}" for key in pins.log)]
    lines += [f"tsa {one}" for one in pins.tsa] + [f"seal {one}" for one in pins.seal]
    (tmp_path / "pins.txt").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "receipt.note").write_bytes(log.checkpoints[-1].note)
    (tmp_path / "bundle.zip").write_bytes(log.bundle(**changes))
    return tmp_path


def test_a_good_bundle_with_pins_and_witness_exits_with_0(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [
        "--pins",
        folder / "pins.txt",
        "--witness",
        folder / "receipt.note",
        "--at",
        NOW,
        folder / "bundle.zip",
    ]
    assert main([str(part) for part in given]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "PASS: every check passed."
    assert all(line.startswith("PASS ") for line in lines[:-2])
    assert "witness 1" in lines[-3]


def test_a_damaged_bundle_exits_with_1_and_names_the_file(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = (folder / "bundle.zip").read_bytes()
    (folder / "bundle.zip").write_bytes(data.replace(b"Dobry den", b"Dobry dem"))
    assert main(["--json", str(folder / "bundle.zip")]) == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["verdict"], report["exit_code"]) == ("FAIL", 1)
    assert "The file mail/000000002-" in report["checks"][0]["reason"]
    assert list(report["checks"][0]) == ["name", "reason", "verdict"]


def test_a_bundle_without_pins_exits_with_2(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--at", NOW + "T00:00:00.000000Z", str(folder / "bundle.zip")]) == 2
    assert "UNKNOWN: nothing is wrong" in capsys.readouterr().out


@pytest.mark.parametrize(
    "wrong", [["nothing.zip"], ["--at", "tomorrow", "bundle.zip"], ["--pins", "b", "bundle.zip"]]
)
def test_a_wrong_call_gets_a_sentence(
    folder: Path, wrong: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    with pytest.raises(SystemExit) as stop:
        main(wrong)
    assert stop.value.code == 2
    assert "Traceback" not in capsys.readouterr().err


def test_pins_have_three_kinds() -> None:
    assert read_pins("log a+b+c\n\n# note\ntsa 12\nseal 34\n").tsa == ("12",)
    with pytest.raises(ValueError, match="begins with log, tsa, seal or auth"):
        read_pins("key a+b+c")


def test_unknown_additional_and_missing_files_fail_whoever_signed(bundle: bytes) -> None:
    log = sample_log()
    kept = unpack(bundle)
    for change in (
        {"note.txt": b"x"},
        {"shown/extra.html": b"x"},
        {"keys/log-2.pem": b"x"},
        {"events/x.json": b"{}"},
    ):
        report = verify(sealed_again({**kept, **change}, log.key), at=None, pins=log.pins)
        assert report.exit_code == 1, change
    for name in kept:
        if not name.startswith("MANIFEST"):
            without = {other: data for other, data in kept.items() if other != name}
            assert verify(sealed_again(without, log.key), at=None, pins=log.pins).exit_code == 1, name


def test_the_embedded_file_is_python_3_8_and_defines_each_name_once() -> None:
    ast.parse(verify_script(), feature_version=(3, 8))
    seen: dict[str, str] = {}
    for part in PARTS:
        for node in ast.parse((files(PACKAGE) / f"{part}.py").read_text("utf-8")).body:
            names = [getattr(node, "name", "")]
            if isinstance(node, ast.Assign):
                names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            for name in filter(None, names):
                assert name not in seen, f"{name} is defined in {part} and in {seen[name]}"
                seen[name] = part


def test_every_part_is_embedded() -> None:
    folder = files(PACKAGE)
    found = {path.name[:-3] for path in folder.iterdir() if path.name.endswith(".py")}
    assert found - set(PARTS) == {"__init__", "embedding"}


def test_the_parts_use_the_standard_library_alone() -> None:
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(verify_script()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names]
        )
    }
    import sys

    assert imported <= set(sys.stdlib_module_names)
    assert not imported & {"socket", "urllib", "http", "ssl"}
