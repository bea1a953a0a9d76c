"""No single flipped bit of a bundle goes unnoticed."""

import os
import random

import pytest

from novation.evidence.verifier.archive import pack, unpack
from novation.evidence.verifier.content_checks import MANIFEST_SIGNATURE
from novation.evidence.verify import verify
from tests.evidence.sample_log import sample_log

SAMPLED = int(os.environ.get("NOVATION_FLIPS", "20000"))


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def unnoticed(bundle: bytes, bits: object) -> list[int]:
    pins = sample_log().pins
    return [bit for bit in bits if verify(flipped(bundle, bit), at=None, pins=pins).exit_code != 1]  # type: ignore[attr-defined]  # any iterable of ints


def test_no_sampled_bit_flip_goes_unnoticed(bundle: bytes) -> None:
    dice = random.Random(4821)
    assert unnoticed(bundle, (dice.randrange(len(bundle) * 8) for _ in range(SAMPLED))) == []


def test_no_flip_goes_unnoticed_even_when_the_zip_and_the_manifest_are_made_again(bundle: bytes) -> None:
    """The flip of somebody who holds the log key: every proof and canonical form must still catch it."""
    from tests.evidence.forging import sealed_again

    log = sample_log()
    files = unpack(bundle)
    dice = random.Random(7306)
    names = [
        n for n in files if n.startswith(("events/", "checkpoints/", "personal/", "keys/", "mail/", "shown/"))
    ]
    missed = []
    for _ in range(2000):
        name = dice.choice(names)
        bit = dice.randrange(len(files[name]) * 8)
        forged = sealed_again({**files, name: flipped(files[name], bit)}, log.key)
        if verify(forged, at=None, pins=log.pins).exit_code != 1:
            missed.append((name, bit))
    assert missed == []


def test_a_flip_in_the_signature_is_noticed(bundle: bytes) -> None:
    files = unpack(bundle)
    pins = sample_log().pins
    for bit in range(512):
        changed = pack({**files, MANIFEST_SIGNATURE: flipped(files[MANIFEST_SIGNATURE], bit)})
        assert verify(changed, at=None, pins=pins).exit_code == 1


@pytest.mark.parametrize("cut", [0, 1, 4, 100, 5000, -1, -22])
def test_a_cut_or_lengthened_file_is_noticed(bundle: bytes, cut: int) -> None:
    pins = sample_log().pins
    assert verify(bundle[:cut], at=None, pins=pins).exit_code == 1
    assert verify(bundle + bundle[:cut] + b"\0", at=None, pins=pins).exit_code == 1


@pytest.mark.soak
def test_no_bit_flip_at_all_goes_unnoticed(bundle: bytes) -> None:
    assert unnoticed(bundle, range(len(bundle) * 8)) == []
