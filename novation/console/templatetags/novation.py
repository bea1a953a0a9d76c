"""How states, icons, moments and shares look, once for every page.

The time comes from the page's context as `now`; no tag reads a clock.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from django import template
from django.contrib.auth.models import User
from django.template.context import Context
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext

from novation.console import finding_labels
from novation.console.operators import name_of
from novation.domain.transfer_options import NEVER

register = template.Library()

#: Icon of each state, after the mock-ups' table of seven.
ICONS = {
    "done": "check",
    "doing": "half",
    "wait": "clock",
    "act": "alert",
    "rest": "ring",
    "stay": "stay",
    "unknown": "ask",
}
#: States whose second line is the day on which they came about; the others say for how long.
DAYS = frozenset({"done", "stay"})


@register.simple_tag
def icon(name: str, large: bool = False) -> SafeString:
    """One icon of the sprite; a word stands beside it, so readers skip it."""
    return format_html(
        '<svg class="i{}" viewBox="0 0 16 16" aria-hidden="true" focusable="false"><use href="#i-{}"/></svg>',
        " i--l" if large else "",
        name,
    )


@register.simple_tag(takes_context=True)
def state(
    context: Context, code: str, word: str, since: datetime | None = None, ground: bool = False
) -> SafeString:
    """One of the seven states: icon, word, colour; and since when, where that says something."""
    mark = _mark(str(code), str(word), ground)
    if since is None or code == "rest":
        return mark
    return format_html("{}{}", mark, since_line(since, context["now"], code))


@lru_cache(maxsize=2048)
def _mark(code: str, word: str, ground: bool) -> SafeString:
    # A list of 500 customers draws 4,500 of them, of which few are different.
    return format_html(
        '<span class="state state--{}{}">{}{}</span>',
        code,
        " state--ground" if ground else "",
        icon(ICONS.get(code, "ask")),
        word,
    )


def since_line(since: datetime, now: datetime, code: str) -> SafeString:
    """The second line of a state: a day for what is over, a length for what goes on."""
    text = day(since, now) if code in DAYS else gettext("for {length}").format(length=length(now - since))
    return format_html(
        '<time class="since" datetime="{}" title="{}">{}</time>', since.isoformat(), exact(since), text
    )


@register.simple_tag
def glyph(code: str) -> SafeString:
    """The icon of a state alone; its word stands beside it."""
    return icon(ICONS.get(code, "ask"))


@register.simple_tag
def sort_mark(order: str) -> SafeString | str:
    """The arrow of the column by which a list is sorted; `aria-sort` says the same to screen readers."""
    arrows = {"ascending": "rise", "descending": "down"}
    return icon(arrows[order]) if order in arrows else ""


@register.simple_tag(takes_context=True)
def since(context: Context, moment: datetime | None, code: str) -> SafeString | str:
    """Since when a state holds, as the second line of a state says it; nothing when it is not known."""
    return since_line(moment, context["now"], code) if moment is not None else ""


@register.simple_tag(takes_context=True)
def ago(context: Context, moment: datetime | None) -> SafeString | str:
    """How long ago, with the exact moment on hover; a dash when it never was."""
    if moment is None:
        return "–"
    gap = context["now"] - moment
    said = (
        gettext("{length} ago").format(length=length(gap))
        if gap >= timedelta(seconds=5)
        else gettext("just now")
    )
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), exact(moment), said)


@register.simple_tag(takes_context=True)
def on(context: Context, moment: datetime | None) -> SafeString | str:
    """The day, with the exact moment on hover; a dash when there is none."""
    if moment is None:
        return "–"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.isoformat(),
        exact(moment),
        day(moment, context["now"]),
    )


@register.simple_tag
def at(moment: datetime | None) -> SafeString | str:
    """Day and minute; a dash when there is none."""
    if moment is None:
        return "–"
    text = date_format(timezone.localtime(moment), "j M Y, H:i")
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), exact(moment), text)


@register.simple_tag(takes_context=True)
def zone(context: Context) -> str:
    """The time zone of every time that the console shows, such as `CET`, as it holds now."""
    return f"{timezone.localtime(context['now']):%Z}"


@register.simple_tag
def hour(moment: datetime) -> SafeString:
    """The minute of the day, for lists that are grouped by day."""
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.isoformat(),
        exact(moment),
        date_format(timezone.localtime(moment), "H:i"),
    )


def length(gap: timedelta) -> str:
    """A length of time in one unit: `40 s`, `25 min`, `2 h`, `9 d`."""
    seconds = max(0, int(gap.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 2 * 3600:
        return f"{seconds // 60} min"
    if seconds < 2 * 86400:
        return f"{seconds // 3600} h"
    return f"{seconds // 86400} d"


def day(moment: datetime, now: datetime) -> str:
    """`14 Nov`; the minute when it was today, the year when it is another one."""
    local = timezone.localtime(moment)
    today = timezone.localtime(now).date()
    if local.date() == today:
        return f"{local:%H:%M}"
    return _written(local.date(), "j M" if local.year == today.year else "j M Y", get_language())


def exact(moment: datetime) -> str:
    """The moment to the second, in the operators' zone."""
    local = timezone.localtime(moment)
    return f"{_written(local.date(), 'j M Y', get_language())}, {local:%H:%M:%S %Z}"


@lru_cache(maxsize=4096)
def _written(when: date, form: str, language: str | None) -> str:
    # The language is part of the key: the name of a month depends on it.
    return date_format(when, form)


@register.simple_tag
def count(number: int | None, href: str = "") -> SafeString | str:
    """A number that opens its list; zero is grey and opens nothing; a dash means not read."""
    if number is None:
        return "–"
    if number == 0:
        return SafeString('<span class="zero">0</span>')
    return format_html('<a href="{}">{}</a>', href, f"{number:,}") if href else f"{number:,}"


@register.simple_tag
def bar(parts: Mapping[str, int], label: str = "", thin: bool = False) -> SafeString:
    """A bar of shares by state, as SVG with widths in attributes (no style attribute is needed).

    Args:
        parts: number per state code, drawn in this order.
        label: spoken text; without it the bar is decoration beside its numbers.
    """
    total = sum(parts.values()) or 1
    rects: list[tuple[str, str, str]] = []
    start = 0
    for code, number in parts.items():
        if number:
            rects.append((code, f"{100 * start / total:.2f}%", f"{100 * number / total:.2f}%"))
            start += number
    spoken = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    drawn = format_html_join("", '<rect class="f-{}" x="{}" width="{}" height="100%"/>', rects)
    return format_html(
        '<svg class="bar{}" {} focusable="false">{}</svg>', " bar--thin" if thin else "", spoken, drawn
    )


@register.simple_tag(takes_context=True)
def address(context: Context, **changes: Any) -> str:
    """The page's own address with some parameters changed; None or "" takes one away.

    Any change but of the page number goes back to the first page.
    """
    query = context["request"].GET.copy()
    if "page" not in changes:
        query.pop("page", None)
    for name, value in changes.items():
        if value in (None, ""):
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}"


@register.simple_tag
def finding(level: str, code: str, over: bool = False) -> SafeString:
    """The title of what the readiness check found: red for what blocks, as long as the move is not over."""
    name = finding_labels.title(code)
    if level == "blocker" and not over:
        return _mark("act", name, False)
    return format_html('<strong class="weight weight--{}">{}</strong>', level, name)


@register.filter
def plural(number: int, words: str) -> str:
    """`{{ 3|plural:"customer,customers" }}` is `3 customers`, with thousands separated."""
    one, many = words.split(",")
    return f"{number:,} {ngettext(one, many, number)}"


@register.filter
def pretty(value: Any) -> str:
    """JSON for reading: indented, keys sorted, letters as they are."""
    if isinstance(value, bytes | memoryview):
        value = json.loads(bytes(value))
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False)


@register.filter
def has(rights: Iterable[str], right: str) -> bool:
    """`{% if rights|has:"work" %}`."""
    return right in rights


@register.filter
def term_end(moment: datetime | None) -> str:
    """The day on which a term ends; "no end" for Microsoft's year 9999, a dash when it is not known."""
    if moment is None:
        return "–"
    return gettext("no end") if moment.year >= NEVER else date_format(timezone.localtime(moment), "j M Y")


@register.filter
def person(user: User) -> str:
    """The name of an operator as other people read it."""
    return name_of(user)


@register.filter
def hexed(value: bytes | memoryview) -> str:
    """Bytes as lower-case hex."""
    return bytes(value).hex()


@register.filter
def day_text(value: str) -> str:
    """`2027-03-14` as `14 Mar 2027`; a dash for nothing, other text as it is."""
    try:
        return date_format(date.fromisoformat(value), "j M Y") if value else "–"
    except ValueError:
        return value
