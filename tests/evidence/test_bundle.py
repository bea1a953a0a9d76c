"""A bundle: deterministic, complete, checkable with and without Novation, and refused when it has a gap."""

import os
import shutil
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from novation.evidence.bundle import Document, checkpoints_needed
from novation.evidence.errors import BadBundle
from novation.evidence.tags import Tag
from novation.evidence.verifier.archive import LOCAL, pack, unpack
from novation.evidence.verifier.certificates import read_chain, write_chain
from novation.evidence.verifier.outcome import CheckFailed
from novation.evidence.verify import OpenSSL, Pins, Report, verify
from tests.evidence.sample_log import ALPHA, BETA, SampleLog, sample_log
from tests.evidence.stamped_log import full_log


def verdicts(report: Report) -> dict[str, str]:
    return {check.name: check.verdict for check in report.checks}


def test_the_same_material_gives_the_same_bytes(bundle: bytes) -> None:
    assert sample_log().bundle() == bundle


def test_a_good_bundle_passes_every_check_but_the_awaited_time_stamp(log: SampleLog) -> None:
    for subject in (ALPHA, BETA):
        report = verify(log.bundle(subject), at=None, pins=log.pins)
        assert report.reference == subject
        found = verdicts(report)
        assert (found.pop("time stamps"), found.pop("vouched since")) == ("UNKNOWN", "UNKNOWN")
        assert set(found.values()) == {"PASS"}, report.checks
        assert report.exit_code == 2


def test_the_openssl_command_comes_to_the_same_result(bundle: bytes) -> None:
    log = sample_log()
    own = verify(bundle, at=None, pins=log.pins)
    assert verify(bundle, at=None, pins=log.pins, tools=OpenSSL()) == own


def test_without_openssl_the_answer_is_unknown_and_not_pass(bundle: bytes) -> None:
    report = verify(bundle, at=None, pins=Pins(), tools=OpenSSL("no-such-command"))
    assert verdicts(report)["manifest signature"] == "UNKNOWN"
    assert report.exit_code == 2


def test_without_a_known_key_the_origin_stays_unknown(bundle: bytes) -> None:
    report = verify(bundle, at=None, pins=Pins())
    assert verdicts(report)["log key known"] == "UNKNOWN"
    known = [check.reason for check in report.checks if check.name == "log key known"]
    assert sample_log().key.vkey in known[0]


def test_any_zip_program_can_unpack_it(bundle: bytes) -> None:
    with zipfile.ZipFile(BytesIO(bundle)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == unpack(bundle)


def test_the_readme_speaks_the_customers_language_and_english(log: SampleLog) -> None:
    for language, word in (("cs", "DOKLADY"), ("de-AT", "NACHWEIS"), ("fr", "PREUVES"), ("es", "PRUEBAS")):
        readme = unpack(log.bundle(language=language))["README.txt"].decode()
        assert readme.startswith(f"{word} {ALPHA}")
        assert f"EVIDENCE {ALPHA}" in readme
        assert "{" not in readme
        assert log.key.vkey in readme
    for language in ("en", "pl"):
        assert unpack(log.bundle(language=language))["README.txt"].decode().count("What is inside") == 1


def unpacked(bundle: bytes, folder: Path) -> Path:
    with zipfile.ZipFile(BytesIO(bundle)) as archive:
        archive.extractall(folder)
    return folder


def test_the_shell_commands_alone_prove_it(bundle: bytes, tmp_path: Path) -> None:
    folder = unpacked(bundle, tmp_path)
    done = subprocess.run(["sh", "verify.sh"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ok: every event stands in the log" in done.stdout


@pytest.mark.parametrize("name", ["events/000000006.json", "bundle.json", "checkpoints/000000007.note"])
def test_the_shell_commands_notice_a_changed_file(bundle: bytes, tmp_path: Path, name: str) -> None:
    path = unpacked(bundle, tmp_path) / name
    path.write_bytes(path.read_bytes().replace(b"2", b"3", 1))
    done = subprocess.run(["sh", "verify.sh"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "FAIL" in done.stdout


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"events": []}, "needs events"),
        ({"checkpoints": []}, "needs events, a checkpoint"),
        ({"log_keys": ["other+1+2"]}, "newest of its log keys"),
        ({"reference": BETA, "documents": []}, "belongs to"),
        ({"documents": []}, "which was not given"),
        ({"handovers": [b"x"]}, "handed over"),
    ],
)
def test_a_gap_in_the_material_is_refused(log: SampleLog, changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadBundle, match=sentence):
        log.bundle(**changes)


def test_an_event_that_is_left_out_is_noticed_when_building(log: SampleLog) -> None:
    events = log.events(ALPHA)
    with pytest.raises(BadBundle, match="number 3"):
        log.bundle(events=events[:2] + events[3:])


def test_an_event_beyond_the_newest_checkpoint_is_refused(log: SampleLog) -> None:
    log.add(Tag.MOVE_PAUSED, ALPHA)
    with pytest.raises(BadBundle, match="sign one first"):
        log.bundle()


def test_a_document_that_no_event_names_is_refused(log: SampleLog) -> None:
    documents = [*log.documents[ALPHA], Document("mail", "eml", b"never sent")]
    with pytest.raises(BadBundle, match="No event names"):
        log.bundle(documents=documents)
    with pytest.raises(BadBundle, match="not in letters"):
        log.bundle(documents=[Document("letters", "pdf", b"x")])


def test_the_checkpoints_needed_are_the_first_after_each_event_and_the_newest() -> None:
    assert checkpoints_needed([1, 2, 9, 20], [3, 5, 8, 12, 30, 40]) == [3, 12, 30, 40]
    assert checkpoints_needed([50], [3, 40]) == [40]
    assert checkpoints_needed([1], []) == []


def test_a_file_name_outside_the_folder_cannot_be_packed() -> None:
    for name in ("../up", "/root", "a//b", "", "č"):
        with pytest.raises(ValueError, match="plain file name"):
            pack({name: b""})


def pythons() -> list[str]:
    """Other interpreters of this machine, back to the oldest that the verifier promises to run on."""
    named = [shutil.which(f"python3.{minor}") for minor in (8, 9, 10, 12, 13, 14)]
    runs = [
        name for name in named if name and subprocess.run([name, "-V"], capture_output=True).returncode == 0
    ]
    home = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    return runs + sorted(str(path) for path in home.glob("3.[89].*/bin/python"))


@pytest.mark.parametrize("python", pythons())
def test_other_pythons_come_to_the_same_verdict(bundle: bytes, tmp_path: Path, python: str) -> None:
    (tmp_path / "verify.py").write_bytes(unpack(bundle)["verify.py"])
    (tmp_path / "b.zip").write_bytes(bundle)
    command = [python, "-I", "-W", "error", "verify.py", "--json", "b.zip"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "")
    assert "FAIL" not in done.stdout


def test_the_readme_gives_the_command_for_the_stamps_by_hand(tmp_path: Path) -> None:
    log, changes = full_log()
    files = unpack(log.bundle(**changes))
    for name, data in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    commands = {
        line.strip() for line in files["README.txt"].decode().splitlines() if "openssl ts -verify" in line
    }
    assert len(commands) == 2
    for command in commands:
        done = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, text=True, check=False)
        assert "Verification: OK" in done.stdout + done.stderr


def test_the_embedded_verifier_is_one_file_for_the_standard_library(bundle: bytes, tmp_path: Path) -> None:
    script = unpack(bundle)["verify.py"].decode()
    assert "novation" not in script.replace("novation.evidence/handover@v1", "").replace(
        "novation.evidence/auth@v2", ""
    )
    (tmp_path / "verify.py").write_text(script, encoding="utf-8")
    (tmp_path / "b.zip").write_bytes(bundle)
    command = [sys.executable, "-I", "-W", "error", "verify.py", "--key", sample_log().key.vkey, "b.zip"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "")
    assert "FAIL" not in done.stdout


def test_a_zip_of_more_files_than_a_zip_can_hold_is_refused() -> None:
    one = pack({"a": b""})[: LOCAL.size]
    names = (f"{number:05x}".encode() for number in range(0x10000))
    many = b"".join(one[:26] + len(name).to_bytes(2, "little") + one[28:] + name for name in names)
    with pytest.raises(CheckFailed, match="not the one form"):
        unpack(many)


def test_a_chain_of_more_certificates_than_any_has_is_refused() -> None:
    with pytest.raises(CheckFailed, match="more than 20"):
        read_chain(write_chain([b"x"] * 2_000))
