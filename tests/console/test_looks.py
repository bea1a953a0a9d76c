"""How states, moments and shares are drawn."""

from datetime import UTC, datetime, timedelta

import pytest
from django.template import Context, Template
from django.template.loader import get_template

from novation.console import chart
from novation.console.templatetags.novation import day, exact, length

NOW = datetime(2026, 11, 23, 13, 32, tzinfo=UTC)


def draw(source: str, **values: object) -> str:
    return Template("{% load novation %}" + source).render(Context({"now": NOW, **values}))


@pytest.mark.parametrize(
    ("gap", "said"),
    [
        (timedelta(seconds=40), "40 s"),
        (timedelta(minutes=25), "25 min"),
        (timedelta(minutes=119), "119 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(hours=47), "47 h"),
        (timedelta(days=9, hours=5), "9 d"),
        (timedelta(seconds=-3), "0 s"),
    ],
)
def test_a_length_has_one_unit(gap: timedelta, said: str) -> None:
    assert length(gap) == said


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (NOW - timedelta(hours=3), "11:32"),
        (datetime(2026, 11, 14, 9, 0, tzinfo=UTC), "14 Nov"),
        (datetime(2025, 11, 14, 9, 0, tzinfo=UTC), "14 Nov 2025"),
        # In Prague it is the next day already.
        (datetime(2026, 11, 13, 23, 30, tzinfo=UTC), "14 Nov"),
    ],
)
def test_a_day_is_said_as_short_as_it_is_clear(moment: datetime, said: str) -> None:
    assert day(moment, NOW) == said


def test_the_exact_moment_is_in_the_operators_zone() -> None:
    assert exact(NOW) == "23 Nov 2026, 14:32:00 CET"


def test_waiting_says_for_how_long_and_done_says_when() -> None:
    since = NOW - timedelta(days=9)
    waits = draw('{% state "wait" "No answer" since %}', since=since)
    assert "for 9 d</time>" in waits
    assert 'datetime="2026-11-14T13:32:00+00:00" title="14 Nov 2026, 14:32:00 CET"' in waits
    assert "14 Nov</time>" in draw('{% state "done" "Told" since %}', since=since)
    assert "<time" not in draw('{% state "rest" "Not yet" since %}', since=since)


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        (datetime(2027, 3, 14, tzinfo=UTC), "14 Mar 2027"),
        # Microsoft's word for an Azure plan that never ends.
        (datetime(9999, 12, 14, tzinfo=UTC), "no end"),
        (None, "–"),
    ],
)
def test_an_end_that_never_comes_is_no_date(ends: datetime | None, said: str) -> None:
    assert draw("{{ ends|term_end }}", ends=ends) == said


def test_the_sorted_column_has_an_arrow_and_the_page_its_zone() -> None:
    assert "#i-rise" in draw('{% sort_mark "ascending" %}') and "#i-down" in draw(
        '{% sort_mark "descending" %}'
    )
    assert draw('{% sort_mark "" %}') == ""
    assert draw("{% zone %}") == "CET"


def test_a_finished_wave_is_not_dated_by_its_launch() -> None:
    made = get_template("console/wave_state.html").render(
        {"now": NOW, "wave": {"state": "finished", "launched_at": NOW - timedelta(days=4)}}
    )
    assert "Finished" in made and "<time" not in made


def test_a_word_from_outside_cannot_become_markup() -> None:
    drawn = draw('{% state "unknown" word %}{% count 3 href %}', word="<b>", href='"><script>')
    assert "<b>" not in drawn and "<script>" not in drawn


def test_zero_is_no_link_and_not_read_is_a_dash() -> None:
    assert draw('{% count 0 "/x" %}') == '<span class="zero">0</span>'
    assert draw('{% count none "/x" %}', none=None) == "–"
    assert draw('{% count 3184 "/x" %}') == '<a href="/x">3,184</a>'


def test_the_shares_of_a_bar_fill_it() -> None:
    drawn = draw("{% bar parts %}", parts={"done": 1, "wait": 0, "act": 3})
    assert 'class="f-done" x="0.00%" width="25.00%"' in drawn
    assert 'class="f-act" x="25.00%" width="75.00%"' in drawn
    assert "f-wait" not in drawn
    assert "rect" not in draw("{% bar parts %}", parts={"done": 0})


def test_the_chart_ends_today_at_what_is_finished() -> None:
    days = [(datetime(2026, 11, 1).date(), 10), (datetime(2026, 11, 20).date(), 25)]  # noqa: DTZ001 (only dates)
    drawn = chart.finished(days, 100, NOW - timedelta(days=60), NOW)
    assert drawn is not None
    assert (drawn.finished, drawn.all) == (25, 100)
    assert drawn.dot == ("100%", f"{100 - 25 / 1.1:.2f}%")
    assert drawn.line.startswith("M0.0 1000.0 L")
    assert [mark.word for mark in drawn.columns][-1] == "23 Nov"


def test_no_chart_is_drawn_before_there_is_anything_to_draw() -> None:
    assert chart.finished([], 100, NOW, NOW) is None
    first_day = chart.finished([(NOW.date(), 1)], 1, NOW, NOW)
    assert first_day is not None and first_day.finished == 1
