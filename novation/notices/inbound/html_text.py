"""The words of an HTML mail, in one pass over it.

No tree is built: by the rules of HTML one of 32 kB can have millions of nodes. And no parser looks ahead again and
again for an end that does not come: what was sought once in vain is not sought again.
"""

from __future__ import annotations

import html
import re

#: Characters of a mail that are read.
LARGEST = 262_144

_TAG = re.compile(r"</?([a-z][a-z0-9]{0,15})(?![a-z0-9])", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});", re.IGNORECASE)
#: What is no text, although it stands between tags.
_HIDDEN = frozenset({"style", "script", "title"})
_BREAKS = frozenset(
    {"br", "p", "div", "tr", "li", "blockquote", "h1", "h2", "h3", "h4", "table", "ul", "ol", "hr"}
)


def text_of_html(page: str) -> str:
    """The text of a page; line breaks where paragraphs end, one space where other tags stood."""
    page = page[:LARGEST]
    kept: list[str] = []
    in_vain: set[str] = set()
    at = 0
    while (begin := page.find("<", at)) >= 0:
        kept.append(page[at:begin])
        at = _after_comment(page, begin, in_vain) or _after_tag(page, begin, kept, in_vain)
        if at == 0:  # no tag: somebody wrote "<"
            kept.append("<")
            at = begin + 1
    kept.append(page[at:])
    return _ENTITY.sub(_character, "".join(kept))


def _after_comment(page: str, begin: int, in_vain: set[str]) -> int:
    if page.startswith("<!--", begin) and (end := _find(page, "-->", begin + 4, in_vain)):
        return end
    if page.startswith(("<!", "<?"), begin):
        return _find(page, ">", begin, in_vain)
    return 0


def _after_tag(page: str, begin: int, kept: list[str], in_vain: set[str]) -> int:
    tag = _TAG.match(page, begin)
    end = _find(page, ">", tag.end(), in_vain) if tag is not None else 0
    if tag is None or not end:
        return 0
    name, closing = tag.group(1).lower(), page[begin + 1] == "/"
    if name in _HIDDEN and not closing:
        # Only the end tag counts; the rest of it is read as a tag of its own.
        return _find_end_tag(page, name, end, in_vain) or end
    kept.append("\n" if name in _BREAKS else " ")
    return end


def _find(page: str, what: str, start: int, in_vain: set[str]) -> int:
    """The place after `what`; 0 when there is none, which is remembered."""
    if what in in_vain:
        return 0
    found = page.find(what, start)
    if found < 0:
        in_vain.add(what)
        return 0
    return found + len(what)


def _find_end_tag(page: str, name: str, start: int, in_vain: set[str]) -> int:
    if name in in_vain:
        return 0
    found = re.compile(f"</{name}", re.IGNORECASE).search(page, start)
    if found is None:
        in_vain.add(name)
        return 0
    return found.start()


def _character(found: re.Match[str]) -> str:
    return html.unescape(found.group(0))
