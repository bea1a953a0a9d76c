"""The deterministic ZIP: the same files always give the same bytes, so every other byte string is refused."""

from __future__ import annotations

import re
import struct
import zlib

from novation.evidence.verifier.outcome import CheckFailed

LOCAL = struct.Struct("<4s5H3I2H")
CENTRAL = struct.Struct("<4s6H3I5H2I")
END = struct.Struct("<4s4H2IH")
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*){0,2}")
DATE_1980 = 0x21
PLAIN_FILE = 0o100644 << 16
UNIX = 3 << 8
VERSION = 20


def pack(files: dict[str, bytes]) -> bytes:
    """A ZIP of these files: names in order, stored, dated 1980-01-01, mode 0644.

    Raises ValueError for a name that is not plain ASCII, or for more than 65,535 files or 4 GiB.
    """
    local, central = [], []
    offset = 0
    for name in sorted(files):
        if not NAME.fullmatch(name):
            raise ValueError(f"{name!r} is not a plain file name")
        content, label = files[name], name.encode("ascii")
        sizes = (zlib.crc32(content), len(content), len(content), len(label), 0)
        head = LOCAL.pack(b"PK\3\4", VERSION, 0, 0, 0, DATE_1980, *sizes)
        local += [head, label, content]
        central += [
            CENTRAL.pack(
                b"PK\1\2", UNIX | VERSION, VERSION, 0, 0, 0, DATE_1980, *sizes, 0, 0, 0, PLAIN_FILE, offset
            ),
            label,
        ]
        offset += len(head) + len(label) + len(content)
    directory = b"".join(central)
    if len(files) > 0xFFFF or offset + len(directory) > 0xFFFFFFFF:
        raise ValueError("too many files, or too large, for a plain ZIP")
    end = END.pack(b"PK\5\6", 0, 0, len(files), len(files), len(directory), offset, 0)
    return b"".join([*local, directory, end])


def unpack(data: bytes) -> dict[str, bytes]:
    """The files of a deterministic ZIP; CheckFailed unless packing them again gives the same bytes."""
    files: dict[str, bytes] = {}
    place = 0
    while data[place : place + 4] == b"PK\3\4" and place + LOCAL.size <= len(data):
        fields = LOCAL.unpack_from(data, place)
        start = place + LOCAL.size + fields[9]
        name = data[place + LOCAL.size : start].decode("latin-1")
        if not NAME.fullmatch(name) or name in files:
            raise CheckFailed(f"The ZIP has the file name {name[:80]!r}, which is repeated or not plain.")
        place = start + fields[7]
        files[name] = data[start:place]
        if zlib.crc32(files[name]) != fields[6]:
            raise CheckFailed(f"The file {name} in the ZIP is damaged or was changed.")
    if not files:
        raise CheckFailed("This is not a ZIP file, or its beginning is damaged.")
    try:
        same = pack(files) == data
    except ValueError:
        same = False
    if not same:
        raise CheckFailed("The ZIP is not the one form that its files give; it was damaged or changed.")
    return files
