"""Whatever has a second spelling is refused, even when the holder of the log key signs it."""

import json

import pytest

from novation.evidence.note import Checkpoint, LogKey
from novation.evidence.verifier.archive import unpack
from novation.evidence.verifier.forms import from_base64, parse_time, read_json
from novation.evidence.verifier.outcome import CheckFailed
from novation.evidence.verify import verify
from tests.evidence.forging import sealed_again
from tests.evidence.sample_log import ORIGIN, sample_log


@pytest.mark.parametrize("name", ["bundle.json", "personal/000000006.json", "events/000000006.json"])
@pytest.mark.parametrize(
    "respelled",
    [
        lambda data: data + b"\n",
        lambda data: data.replace(b'":', b'": ', 1),
        lambda data: json.dumps(json.loads(data)).encode(),
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: data[:-1] + b',"v":1}' if b'"v":1}' in data else data.replace(b"{", b'{"a":0,', 1),
    ],
    ids=["newline", "space", "ascii", "byte order mark", "other keys"],
)
def test_a_respelled_json_file_is_refused(bundle: bytes, name: str, respelled: object) -> None:
    log = sample_log()
    files = unpack(bundle)
    changed = respelled(files[name])  # type: ignore[operator]  # a list of lambdas has no better type
    assert changed != files[name]
    report = verify(sealed_again({**files, name: changed}, log.key), at=None, pins=log.pins)
    assert any(check.verdict == "FAIL" and name in check.reason for check in report.checks), report.checks


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1.0}',
        b'{"a":1e3}',
        b'{"a":-0}',
        b'{"a":01}',
        b'{"a":9007199254740992}',
        b'{"a":NaN}',
        b'{"a":1,"a":1}',
        b'{"b":1,"a":1}',
        b'{"a":"\\u0041"}',
        b'{"a":"\\/"}',
        b'{"a":"\\u001F"}',
        b'{"a":"\\ud800"}',
        b'{"a":"\xff"}',
        b"[1]",
        b"",
        b"{" * 5000,
        b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}",
    ],
)
def test_json_that_rfc_8785_would_not_write_is_refused(data: bytes) -> None:
    with pytest.raises(CheckFailed):
        read_json(data, {"a"} if b'"b"' not in data else {"a", "b"})


@pytest.mark.parametrize("line", ["QQ", "QR==", "QQ==\n", " QQ==", "QQ=", "Q Q=", "čč=="])
def test_base64_with_a_second_spelling_is_refused(line: str) -> None:
    assert from_base64("QQ==") == b"A"
    with pytest.raises(CheckFailed):
        from_base64(line)


@pytest.mark.parametrize(
    "said",
    [
        "2026-11-23T10:20:00Z",
        "2026-11-23 10:20:00.000000Z",
        "2026-02-30T10:20:00.000000Z",
        "2026-11-23T10:20:60.000000Z",
        7,
    ],
)
def test_a_time_has_one_form(said: object) -> None:
    assert parse_time("2026-11-23T10:20:00.000000Z").minute == 20
    with pytest.raises(CheckFailed):
        parse_time(said)


def test_a_checkpoint_bears_one_signature(bundle: bytes) -> None:
    """C2SP lets a note carry signatures of unknown keys; in a bundle they would be a place to hide a change."""
    log = sample_log()
    files = unpack(bundle)
    name = "checkpoints/000000005.note"
    stranger = Checkpoint.unchecked(files[name]).signed(log.key, LogKey.generate(ORIGIN))
    report = verify(sealed_again({**files, name: stranger}, log.key), at=None, pins=log.pins)
    reasons = [check.reason for check in report.checks if check.name == "checkpoints"]
    assert reasons == [f"{name} has another number of signatures than one."]
