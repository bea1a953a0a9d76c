"""What our own people and machines change is in the log: policy, settings, texts."""

from __future__ import annotations

import argparse
import json
from datetime import timedelta
from typing import Any

import pytest

from novation.commands.policy import policy
from novation.domain.errors import BadInput
from novation.engine import config_watch
from novation.evidence.tags import Tag
from novation.evidencelog.models import Event
from novation.moves.models import Programme
from novation.notices import texts
from tests import people
from tests.builders import NOW


def data(tag: Tag) -> list[dict[str, Any]]:
    return [json.loads(bytes(event.body))["data"] for event in Event.objects.filter(tag=tag).order_by("seq")]


def change(*words: str) -> int:
    return policy(argparse.Namespace(action="set", words=list(words)))


def test_a_change_of_the_policy_is_an_event_with_both_values() -> None:
    people.programme()
    assert change("answer_within=14d", "second_approver=false", "reminders=3d,6d") == 0
    (said,) = data(Tag.PROGRAMME_CHANGED)
    assert said["policy"]["second_approver"] == {"from": "True", "to": "False"}
    kept = Programme.objects.get().policy
    assert kept.answer_within == timedelta(days=14)
    assert kept.reminders == (timedelta(days=3), timedelta(days=6))
    change("answer_within=14d")
    assert len(data(Tag.PROGRAMME_CHANGED)) == 1


def test_the_policy_is_listed_in_the_words_in_which_it_is_set(capsys: pytest.CaptureFixture[str]) -> None:
    people.programme()
    policy(argparse.Namespace(action="get", words=[]))
    lines = capsys.readouterr().out.splitlines()
    assert "answer_within = 21d" in lines
    change(*(line.replace(" = ", "=") for line in lines))
    assert data(Tag.PROGRAMME_CHANGED) == []


@pytest.mark.parametrize(
    "word", ["answer=1d", "answer_within", "answer_within=soon", "batch_size=many", "second_approver=1"]
)
def test_a_wrong_word_changes_nothing(word: str) -> None:
    people.programme()
    with pytest.raises(BadInput):
        change("clean_after=1d", word)
    assert data(Tag.PROGRAMME_CHANGED) == []


def test_other_settings_than_at_the_last_start_are_an_event(settings: Any) -> None:
    config_watch.note(now=NOW)
    config_watch.note(now=NOW)
    assert len(data(Tag.SETTING_CHANGED)) == 1
    settings.NOVATION_API_RATE, settings.NOVATION_CHECKPOINT_MAIL = 7, "auditor@outside.example"
    config_watch.note(now=NOW)
    assert data(Tag.SETTING_CHANGED)[-1]["changed"] == ["NOVATION_API_RATE", "NOVATION_CHECKPOINT_MAIL"]
    assert not any(b"auditor@" in bytes(event.body) for event in Event.objects.all())


def test_no_secret_setting_is_written(settings: Any) -> None:
    config_watch.note(now=NOW)
    whole = b"".join(bytes(event.body) for event in Event.objects.all())
    assert settings.SECRET_KEY.encode() not in whole
    assert all(key.hex().encode() not in whole for key in settings.NOVATION_KEYS.values())


def test_another_wording_is_an_event(monkeypatch: pytest.MonkeyPatch) -> None:
    config_watch.note(now=NOW)
    monkeypatch.setattr(texts, "VERSION", "mail-another")
    config_watch.note(now=NOW)
    assert [one["values"]["version"] for one in data(Tag.TEXT_CHANGED)][-1] == "mail-another"
