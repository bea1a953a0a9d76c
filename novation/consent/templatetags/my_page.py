"""Icons and marks of the customers' pages."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

#: Icon of each mark that `selectors.own_page` gives to a part of the move.
MARKS = {"done": "check", "doing": "half", "wait": "clock", "rest": "ring", "stay": "stay"}


@register.simple_tag
def icon(name: str) -> SafeString:
    """One icon of the sprite. A word stands beside it, so screen readers skip it."""
    return format_html(
        '<svg class="i" viewBox="0 0 16 16" aria-hidden="true" focusable="false"><use href="#i-{}"/></svg>',
        name,
    )


@register.simple_tag
def mark(state: str) -> SafeString:
    """The icon of a part's state."""
    return icon(MARKS.get(state, "ring"))
