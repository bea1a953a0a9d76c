"""The evidence log: entries, Merkle tree, checkpoints, bundles and their verification.

Everything here is pure: bytes and times come in as arguments, bytes go out. Nothing reads a clock, a database
or the network. `docs/explanation/evidence.md` says why the formats look as they do.
"""
