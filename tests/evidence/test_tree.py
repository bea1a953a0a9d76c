"""The Merkle tree: known roots, and proofs against the plain definition of RFC 6962."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as some

from novation.evidence.frontier import Frontier
from novation.evidence.tree import (
    EMPTY_ROOT,
    Tree,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
    verify_consistency,
    verify_inclusion,
)

# The eight inputs and roots with which Certificate Transparency implementations are tested.
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [leaf_hash(bytes.fromhex(one)) for one in INPUTS]
MANY = [hashlib.sha256(str(number).encode()).digest() for number in range(130)]


def definition(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(definition(leaves[:split]), definition(leaves[split:]))


@pytest.mark.parametrize("size", range(1, 9))
def test_the_known_roots_come_out(size: int) -> None:
    assert root(LEAVES[:size]).hex() == ROOTS[size - 1]


def test_an_empty_log_has_the_hash_of_nothing() -> None:
    assert root([]) == EMPTY_ROOT == Frontier().root() == definition([])


@given(some.integers(0, 130))
def test_tree_and_frontier_follow_the_definition_at_every_size(size: int) -> None:
    frontier = Frontier()
    for leaf in MANY[:size]:
        frontier = frontier.append(leaf)
    assert Tree(MANY).root(size) == definition(MANY[:size]) == frontier.root()
    assert Frontier.from_bytes(frontier.to_bytes()) == frontier


def test_a_damaged_frontier_is_refused() -> None:
    stored = Frontier().append(MANY[0]).append(MANY[1]).append(MANY[2]).to_bytes()
    with pytest.raises(ValueError, match="damaged"):
        Frontier.from_bytes(stored[:-1])
    with pytest.raises(ValueError, match="32 bytes"):
        Frontier().append(b"short")


def test_every_inclusion_proof_up_to_70_leaves_holds_and_no_other_does() -> None:
    tree = Tree(MANY)
    for size in range(1, 71):
        for index in range(size):
            proof = tree.inclusion_proof(index, size)
            assert verify_inclusion(MANY[index], index, size, proof, tree.root(size))
            assert not verify_inclusion(MANY[index + 1], index, size, proof, tree.root(size))
            assert not verify_inclusion(MANY[index], index, size, [*proof, MANY[0]], tree.root(size))
            assert not verify_inclusion(MANY[index], index, size, proof, tree.root(size + 1))
            if proof:
                assert not verify_inclusion(MANY[index], index, size, proof[:-1], tree.root(size))
                assert not verify_inclusion(MANY[index], index ^ 1, size, proof, tree.root(size))


def test_an_inner_node_does_not_pass_as_a_leaf_of_a_larger_tree() -> None:
    inner = root(MANY[:2])
    assert not verify_inclusion(inner, 0, 2, [], inner)
    assert not verify_consistency(1, 2, [], inner, inner)


def test_every_consistency_proof_up_to_70_leaves_holds_and_no_other_does() -> None:
    tree = Tree(MANY)
    for new in range(1, 71):
        for old in range(new + 1):
            proof = tree.consistency_proof(old, new)
            assert verify_consistency(old, new, proof, tree.root(old), tree.root(new))
            if 0 < old < new:
                assert not verify_consistency(old, new, proof, tree.root(old - 1), tree.root(new))
                assert not verify_consistency(old, new, proof, tree.root(old), tree.root(new + 1))
                assert not verify_consistency(old, new, proof[:-1], tree.root(old), tree.root(new))
                assert not verify_consistency(old, new, [*proof, MANY[0]], tree.root(old), tree.root(new))


def test_a_forked_log_has_no_consistency_proof() -> None:
    changed = [*MANY[:5], MANY[99], *MANY[6:60]]
    tree = Tree(changed)
    assert not verify_consistency(20, 60, tree.consistency_proof(20, 60), root(MANY[:20]), tree.root(60))


def test_the_short_functions_give_what_the_tree_gives() -> None:
    tree = Tree(MANY[:37])
    assert inclusion_proof(MANY[:37], 11) == tree.inclusion_proof(11)
    assert consistency_proof(MANY[:37], 11) == tree.consistency_proof(11)
    assert (len(tree), tree.leaf(3)) == (37, MANY[3])


@pytest.mark.parametrize(
    "call", ["root(9)", "inclusion_proof(8)", "inclusion_proof(-1)", "consistency_proof(9)"]
)
def test_what_the_tree_does_not_hold_is_refused(call: str) -> None:
    name, _, number = call.rstrip(")").partition("(")
    with pytest.raises(ValueError, match="no such leaf or size"):
        getattr(Tree(LEAVES), name)(int(number))
