"""Signed notes, checkpoints and proof files, against the examples of c2sp.org."""

from datetime import UTC, datetime

import pytest

from novation.evidence.errors import BadNote
from novation.evidence.note import (
    Checkpoint,
    LogKey,
    TlogProof,
    consistency_file,
    open_note,
    read_vkey,
    sign_note,
)
from novation.evidence.verifier.notes import read_consistency

# From c2sp.org/signed-note, and from the documentation of Go's golang.org/x/mod/sumdb/note.
EXAMPLES = [
    (
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "This is an example message.\n",
        "— example.com/foo "
        "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n",
    ),
    (
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n",
        "— PeterNeumann "
        "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n",
    ),
]
KEY = LogKey.from_seed("evidence.example.com/log", bytes(range(32)))
OTHER = LogKey.from_seed("evidence.example.com/log", bytes(range(1, 33)))
AT = datetime(2026, 11, 23, 14, 31, tzinfo=UTC)


@pytest.mark.parametrize(("vkey", "text", "signature"), EXAMPLES)
def test_the_published_examples_open(vkey: str, text: str, signature: str) -> None:
    assert open_note(f"{text}\n{signature}".encode(), read_vkey(vkey)) == text
    assert read_vkey(vkey).vkey == vkey


def test_a_note_opens_with_its_key_only() -> None:
    note = sign_note("hello\n", KEY)
    assert open_note(note, KEY.public) == "hello\n"
    with pytest.raises(BadNote, match="none of the expected keys"):
        open_note(note, OTHER.public)


def test_signatures_of_unknown_keys_are_ignored() -> None:
    note = sign_note("hello\n", OTHER, KEY)
    assert open_note(note, KEY.public) == "hello\n"


def test_a_changed_text_is_refused() -> None:
    note = sign_note("hello\n", KEY).replace(b"hello", b"hallo")
    with pytest.raises(BadNote, match="does not fit"):
        open_note(note, KEY.public)


@pytest.mark.parametrize("text", ["no newline", "bell \a\n", "tab\there\n"])
def test_what_cannot_be_a_note_is_not_signed(text: str) -> None:
    with pytest.raises(BadNote, match="control characters"):
        sign_note(text, KEY)


@pytest.mark.parametrize(
    "damage",
    [
        lambda note: note[:-1],
        lambda note: note.replace(b"\n\n", b"\n"),
        lambda note: note + b"junk\n",
        lambda note: note.replace("—".encode(), b"-"),
        lambda note: note.replace(b"=\n", b"\n"),
        lambda note: b"\xff" + note,
        lambda note: note.replace(b"hello", b"hel\rlo"),
        lambda note: b"hello\n\n" + note[note.index("—".encode()) :] * 17,
    ],
)
def test_a_malformed_note_is_refused(damage: object) -> None:
    note = sign_note("hello\n", KEY)
    with pytest.raises(BadNote):
        open_note(damage(note), KEY.public)  # type: ignore[operator]  # a list of lambdas has no better type


@pytest.mark.parametrize(
    "vkey",
    [
        "nothing",
        "a b+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    ],
)
def test_a_malformed_verifier_key_is_refused(vkey: str) -> None:
    with pytest.raises(BadNote):
        read_vkey(vkey)


def test_a_checkpoint_survives_signing_and_opening() -> None:
    said = Checkpoint(KEY.name, 121884, bytes(32), AT)
    assert Checkpoint.opened(said.signed(KEY), KEY.public) == said
    assert said.text().split("\n")[:2] == ["evidence.example.com/log", "121884"]
    assert Checkpoint.unchecked(said.signed(OTHER)) == said


@pytest.mark.parametrize(
    "text",
    [
        "origin\n1\nAAAA\n",
        "origin\n01\n" + "A" * 43 + "=\nat 2026-11-23T14:31:00.000000Z\n",
        "origin\n1\n" + "A" * 43 + "=\nat 2026-11-23T14:31:00Z\n",
        "origin\n1\n" + "A" * 42 + "B=\nat 2026-11-23T14:31:00.000000Z\n",
        "origin\n1\n" + "A" * 43 + "=\nat 2026-11-23T14:31:00.000000Z\nmore\n",
    ],
)
def test_a_checkpoint_has_one_form(text: str) -> None:
    with pytest.raises(BadNote):
        Checkpoint.read(text)


def test_a_proof_file_survives_writing_and_reading() -> None:
    note = Checkpoint(KEY.name, 7, bytes(32), AT).signed(KEY)
    proof = TlogProof(5, [bytes([1]) * 32, bytes([2]) * 32], note)
    assert TlogProof.from_bytes(proof.to_bytes()) == proof
    assert proof.to_bytes().startswith(b"c2sp.org/tlog-proof@v1\nindex 5\nAQEB")
    assert read_consistency(consistency_file(3, proof.hashes, note)) == (3, proof.hashes, note)


@pytest.mark.parametrize(
    "damage", [(b"v1", b"v2"), (b"index 5", b"index 05"), (b"index 5", b"at 5"), (b"AQEB", b"!!!!")]
)
def test_a_malformed_proof_file_is_refused(damage: tuple[bytes, bytes]) -> None:
    note = Checkpoint(KEY.name, 7, bytes(32), AT).signed(KEY)
    with pytest.raises(BadNote):
        TlogProof.from_bytes(TlogProof(5, [bytes([1]) * 32], note).to_bytes().replace(*damage))


def test_the_secret_stays_out_of_the_repr() -> None:
    assert KEY.seed().hex() not in repr(KEY)
    assert repr(KEY) == f"LogKey({KEY.vkey})"
    assert LogKey.from_seed(KEY.name, KEY.seed()).vkey == KEY.vkey
    assert LogKey.generate(KEY.name).vkey != KEY.vkey


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb"])
def test_a_key_name_has_no_spaces_and_no_plus(name: str) -> None:
    with pytest.raises(BadNote, match="name of a log key"):
        LogKey.generate(name)
