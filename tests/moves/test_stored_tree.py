"""Proofs from the rows of the database are those of the whole tree, and read little of it however long the log is."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from novation.evidence.tags import Tag
from novation.evidence.tree import Tree
from novation.evidencelog.models import Event, LogNode
from novation.evidencelog.services import events
from novation.evidencelog.stored_tree import StoredTree
from tests.builders import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def short_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tiles of four leaves, so that a log of some dozens has several levels above them."""
    for module in (events, importlib.import_module("novation.evidencelog.stored_tree")):
        monkeypatch.setattr(module, "TILE_LEVEL", 2)
        monkeypatch.setattr(module, "TILE", 4)


def log(number: int, **given: Any) -> None:
    for one in range(number):
        with transaction.atomic():
            events.record(Tag.SETTING_CHANGED, at=NOW, actor="test", data={"n": one}, **given)


def whole() -> Tree:
    return Tree(bytes(leaf) for leaf in Event.objects.order_by("seq").values_list("leaf", flat=True))


@pytest.mark.usefixtures("short_tiles")
def test_every_proof_is_that_of_the_whole_tree() -> None:
    for _ in range(5):
        log(9)
        tree, stored = whole(), StoredTree()
        assert stored.root() == tree.root()
        for size in range(1, len(tree) + 1):
            assert stored.consistency_proof(size) == tree.consistency_proof(size)
            for index in range(0, size, 3):
                assert stored.inclusion_proof(index, size) == tree.inclusion_proof(index, size)


def test_with_the_real_size_of_a_tile_too_and_with_few_questions_to_the_database() -> None:
    log(600)
    tree = whole()
    with CaptureQueriesContext(
        connection,
    ) as asked:
        stored = StoredTree()
        for index in (0, 1, 255, 256, 599):
            assert stored.inclusion_proof(index) == tree.inclusion_proof(index)
    assert len(asked) <= 5  # the size, the nodes, three tiles
    assert set(LogNode.objects.values_list("level", "index")) == {(8, 0), (8, 1), (9, 0)}
