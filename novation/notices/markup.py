"""One text, two parts: a letter is written once in a light markup, and read as plain text and as HTML.

    Subject line
    (empty line)
    A paragraph, wrapped as one likes.
    ## A heading
    - a bullet
    = a word to be set large (a code)
    > a line that somebody else wrote
    => Words of the button | https://address
    -- (a line of two dashes: what follows is the small print)
    @who real (marks, not shown: which facts of `wording` the following lines tell; until the next such line)

Values that come from outside are made harmless by `plain` and `quoted` before they enter a template.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from dataclasses import dataclass, field, replace

WIDTH = 72

#: A value must not be able to pose as a heading, a bullet, a button or the small print.
_MARKER = re.compile(r"^[#>=\-|@][#>=\-|@\s]*")


@dataclass(frozen=True, slots=True)
class Block:
    """One part of a letter. `kind` is p, h, li, code, quote, link or small; `marks` say which facts it tells."""

    kind: str
    text: str
    url: str = ""
    marks: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter in both forms. It may hold a personal link or a code, so it is never printed."""

    subject: str
    blocks: tuple[Block, ...] = field(repr=False)

    @property
    def text(self) -> str:
        """The plain text part: complete, wrapped at 72 columns, addresses on lines of their own."""
        return as_text(self.blocks)


def line(value: object) -> str:
    """One line: no line breaks, no control characters, nothing that turns the direction of writing."""
    kept = "".join(" " if c.isspace() else c for c in str(value) if c.isspace() or _printable(c))
    return " ".join(kept.split())


def plain(value: object) -> str:
    """One line of harmless text: as `line`, and without a marker at its beginning."""
    return _MARKER.sub("", line(value))


def quoted(value: object) -> str:
    """Text of several lines by somebody else, each marked as theirs."""
    lines = ("".join(c for c in raw if _printable(c)).rstrip() for raw in str(value).splitlines())
    return "\n".join(f"> {kept}" if kept else ">" for kept in lines)


def _printable(character: str) -> bool:
    # Cf holds the marks that turn the direction of writing: they can make an address look like another.
    # The two joiners among them are letters' business in Persian and Hindi, and hold some emoji together.
    category = unicodedata.category(character)
    return character in "\u200c\u200d" or category not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")


def parse(source: str) -> Letter:
    """Reads the markup above.

    Raises:
        ValueError: the letter has no subject or no body.
    """
    # "s.r.o." at the end of a sentence brings a full stop of its own.
    subject, _, body = re.sub(r"(?<!\.)\.\.(?!\.)", ".", source.strip()).partition("\n")
    blocks: list[Block] = []
    small = False
    marks: frozenset[str] = frozenset()
    for chunk in re.split(r"\n\s*\n", body.strip()):
        lines = [line.strip() for line in chunk.splitlines() if line.strip()]
        run: list[str] = []
        for line in lines:
            if line.startswith("@"):
                _end(blocks, run, small, marks)
                marks = frozenset(line.removeprefix("@").split())
            elif line == "--":
                _end(blocks, run, small, marks)
                small = True
            elif block := _marked(line):
                _end(blocks, run, small, marks)
                blocks.append(replace(block, marks=marks))
            else:
                run.append(line)
        _end(blocks, run, small, marks)
    if not subject.strip() or not blocks:
        raise ValueError("A letter has a subject and a body.")
    return Letter(" ".join(subject.split()), tuple(_joined(blocks)))


def _end(blocks: list[Block], run: list[str], small: bool, marks: frozenset[str]) -> None:
    if run:
        blocks.append(Block("small" if small else "p", " ".join(run), marks=marks))
        run.clear()


def _marked(line: str) -> Block | None:
    for marker, kind in (("=> ", "link"), ("## ", "h"), ("- ", "li"), ("= ", "code")):
        if line.startswith(marker):
            words, _, url = line.removeprefix(marker).rpartition(" | ")
            if kind == "link":
                return Block("link", words, url.strip())
            return Block(kind, line.removeprefix(marker).strip())
    return Block("quote", line[1:].strip()) if line.startswith(">") else None


def _joined(blocks: list[Block]) -> list[Block]:
    """Lines of one quotation belong together."""
    joined: list[Block] = []
    for block in blocks:
        if block.kind == "quote" and joined and joined[-1].kind == "quote":
            joined[-1] = Block("quote", f"{joined[-1].text}\n{block.text}")
        else:
            joined.append(block)
    return joined


def as_text(blocks: tuple[Block, ...]) -> str:
    """The plain text of a letter."""
    parts: list[str] = []
    before = ""
    for block in blocks:
        text = _plain_block(block)
        if block.kind == "small" and before != "small":
            text = f"-- \n{text}"
        tight = before == "h" or (before == block.kind and block.kind in ("li", "small"))
        parts.append(("\n" if tight else "\n\n") + text if parts else text)
        before = block.kind
    return "".join(parts) + "\n"


def _plain_block(block: Block) -> str:
    match block.kind:
        case "h":
            return block.text.upper()
        case "li":
            return _wrap(block.text, "- ", "  ")
        case "code":
            return f"    {block.text}"
        case "quote":
            return "\n".join(_wrap(line, "> ", "> ") if line else ">" for line in block.text.split("\n"))
        case "link":
            return f"{_wrap(block.text)}\n{block.url}"
    return _wrap(block.text)


def _wrap(text: str, first: str = "", then: str = "") -> str:
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=then,
        break_long_words=False,
        break_on_hyphens=False,
    )
