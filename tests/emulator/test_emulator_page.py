"""docs/reference/emulator.md: every documented call is in one table, and the page says what the table says."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from novation.emulator.documented_calls import PARTLY, documented_calls
from novation.emulator.http.routes import TABLE
from tests.emulator.official import documented, routed
from tools import emulator_page


def test_the_page_is_fresh() -> None:
    """When this fails: make reference."""
    page = emulator_page.PAGE.read_text(encoding="utf-8")
    assert emulator_page.fresh(page) == page


def test_every_call_of_the_official_descriptions_is_in_the_table(corpus: Path) -> None:
    absent = {(call.method, call.path) for call in documented_calls() if call.answered == "no"}
    described = {(o.method, o.path) for o in documented(corpus)}
    assert {one for one in described if routed(*one) is None} <= absent
    assert len(described) > 150


def test_what_is_said_to_be_absent_is_absent_and_what_is_there_is_said_once() -> None:
    calls = documented_calls()
    there = {(route.method, re.sub("{.*?}", "{}", route.template.lower())) for route in TABLE}
    absent = {(c.method, re.sub("{.*?}", "{}", c.path.lower())) for c in calls if c.answered == "no"}
    assert there & absent == set()
    assert max(Counter((call.method, call.path.lower()) for call in calls).values()) == 1
    assert {call.name for call in calls if call.name} == {r.name for r in TABLE if r.service != "page"}
    assert PARTLY.keys() == {call.name for call in calls if call.answered == "partly"}
    assert len(calls) > 260
