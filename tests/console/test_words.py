"""Whatever the rules and the log can say has its words in the console."""

import json
from typing import Any

import pytest

from novation.console import event_texts, labels, remedies, terms
from novation.console.views.customer import PLACES
from novation.domain.facts import Choice, ItemState
from novation.domain.stage import Stage
from novation.domain.steps import TaskKind, TaskOutcome
from novation.domain.tracks import STATES, Code, Track, Who
from novation.evidence.tags import Tag
from novation.evidencelog.models import Event
from novation.moves.models import Item
from novation.moves.selectors.customer import SUBJECTS, Entry
from novation.notices.purposes import Purpose
from tests.builders import NOW


def test_every_word_of_the_rules_is_translated() -> None:
    for named, table in (
        (Track, labels.TRACKS),
        (Code, labels.CODES),
        (Who, labels.WHO),
        (Stage, labels.STAGES),
        (TaskKind, labels.TASKS),
        (TaskOutcome, labels.OUTCOMES),
        (ItemState, PLACES),
        (Purpose, labels.PURPOSES),
    ):
        assert set(table) == set(named), named


def test_short_words_stand_for_states_that_exist_and_are_short() -> None:
    for (track, state), word in labels.SHORT.items():
        assert state in STATES[track], (track, state)
        assert len(str(word)) <= 12
    for track in Track:
        for state, how in STATES[track].items():
            if how.code is not Code.REST:
                assert len(str(labels.SHORT.get((track, state), how.word))) <= 13, (track, state)


def test_every_state_that_stands_still_has_a_remedy() -> None:
    assert remedies.lacking() == []
    for track, state in remedies.REMEDIES:
        assert state in STATES[track], (track, state)


def test_every_choice_for_the_end_of_a_term_has_its_word() -> None:
    assert set(terms.CHOICES) == set(Choice)


def test_every_tag_of_the_log_has_a_sentence() -> None:
    assert set(event_texts.SAID) == set(Tag)


def test_every_subject_of_the_log_has_a_word_for_its_filter() -> None:
    assert set(event_texts.SUBJECTS) == {tag.partition(":")[0] for tag in Tag}


def test_every_subject_of_a_filter_exists() -> None:
    subjects = {tag.partition(":")[0] for tag in Tag}
    for name, chosen in SUBJECTS.items():
        assert set(chosen) <= subjects, name


@pytest.mark.parametrize(
    ("tag", "data", "said"),
    [
        (
            "task:done",
            {"kind": "call", "outcome": "reached"},
            "Task ended: Call the customer, Reached somebody",
        ),
        (
            "step:intent",
            {"step": 7, "kind": "create-transfer"},
            "About to call Microsoft: Ask the old account",
        ),
        ("move:stage-changed", {"from": "told", "to": "accepting"}, "Stage changed: Said yes, accepting"),
        (
            "decision:mandate",
            {"tracks": {"decision": ["asked", "mandate"]}},
            "Decision: authorises us to accept",
        ),
        ("agreement:valid", {"tracks": {"transfer": ["none", "planned"]}}, "valid: Transfer → Planned"),
        ("relationship:brand-new", {}, "relationship:brand-new"),
    ],
)
def test_an_entry_is_said_in_one_sentence(tag: str, data: dict[str, object], said: str) -> None:
    event = Event(tag=tag, actor="engine", personal={})
    sentence = event_texts.words(Entry(event, json.loads(json.dumps({"data": data}))))
    assert said in sentence


@pytest.mark.parametrize(
    ("fields", "code", "word"),
    [
        ({"cancel_at_end": False, "auto_renew": True}, Code.DOING, "Being set"),
        ({}, Code.WAIT, "To be bought"),
        ({"bought_at": NOW}, Code.DOING, "Bought"),
        ({"bought_at": NOW, "replaced_at": NOW}, Code.DONE, "Bought, and there"),
    ],
)
def test_what_is_bought_anew_says_how_far_it_is(fields: dict[str, Any], code: Code, word: str) -> None:
    item = Item(choice="buy-new", **{"auto_renew": False, "cancel_at_end": True, **fields})
    row = terms._row(item)
    assert (row["code"], row["word"]) == (code, word)
