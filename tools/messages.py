"""Collects the texts to translate and compiles the catalogues: `make messages`.

1. Read every Python file and template of `novation` for marked texts.
2. Merge them into `novation/locale/<language>/LC_MESSAGES/django.po`, keeping what is translated.
3. Compile each catalogue to the `.mo` beside it, which is committed.

`--check` writes nothing and names what is stale. Babel does the work, so no gettext program is needed.
"""

import argparse
import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "novation"
LANGUAGES = ("de", "fr", "es", "cs")
# English is the source. The emulator speaks as Microsoft does, and is not translated.
LEFT_OUT = {"locale", "migrations", "emulator", "__pycache__"}
TEMPLATES = {".html", ".txt"}

KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
COMMENT_TAGS = ("Translators:",)
# A fixed date: a catalogue changes when its texts do, not when somebody runs the command.
SINCE = datetime(2026, 11, 23, tzinfo=UTC)

Found = tuple[int, str, str | tuple[str, ...], list[str]]


def from_python(file: BinaryIO) -> Iterator[Found]:
    yield from extract_python(file, tuple(KEYWORDS), COMMENT_TAGS, {})


def from_template(file: BinaryIO, origin: str) -> Iterator[Found]:
    """The texts of a Django template, with `{% translate %}`, `{% blocktranslate %}`, plurals and contexts.

    Django turns a template into lines of Python calls with everything else blanked out; leading blanks
    are taken off, since they would read as indentation.
    """
    calls = templatize(file.read().decode(), origin=origin)
    lines = "\n".join(line.lstrip() for line in calls.splitlines())
    yield from from_python(io.BytesIO(lines.encode()))


def sources(package: Path) -> Iterator[Path]:
    for path in sorted(package.rglob("*")):
        inside = path.relative_to(package).parts
        if LEFT_OUT.intersection(inside):
            continue
        if path.suffix == ".py" or (path.suffix in TEMPLATES and "templates" in inside):
            yield path


def collect(package: Path = PACKAGE) -> Catalog:
    """The template of all catalogues: every marked text of `package`, with the files that use it."""
    catalogue = Catalog(project="Novation", charset="utf-8", creation_date=SINCE, revision_date=SINCE)
    for path in sources(package):
        place = path.relative_to(package.parent).as_posix()
        with path.open("rb") as file:
            found = from_python(file) if path.suffix == ".py" else from_template(file, place)
            for _, function, texts, comments in found:
                add(catalogue, place, function, texts, comments)
    return catalogue


def add(catalogue: Catalog, place: str, function: str, texts: object, comments: list[str]) -> None:
    """Adds one call, such as `ngettext("%(n)s seat", "%(n)s seats", n)`; one without a literal is left."""
    given = list(texts) if isinstance(texts, tuple) else [texts]
    spec = KEYWORDS[function] or (1,)
    context = None
    ids: list[str] = []
    for index in spec:
        position, is_context = (index[0], True) if isinstance(index, tuple) else (index, False)
        if position > len(given) or not isinstance(given[position - 1], str):
            return
        if is_context:
            context = given[position - 1]
        else:
            ids.append(given[position - 1])
    if not ids[0]:
        return
    catalogue.add(
        tuple(ids) if len(ids) > 1 else ids[0],
        locations=[(place, None)],
        auto_comments=comments,
        context=context,
    )


def catalogue_path(language: str, package: Path = PACKAGE) -> Path:
    return package / "locale" / language / "LC_MESSAGES" / "django.po"


class Catalogue(Catalog):
    """A catalogue that does not name the version of the tool, so that two machines write the same file."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        return [(name, value) for name, value in super().mime_headers if name != "Generated-By"]


def merged(language: str, template: Catalog, package: Path = PACKAGE) -> Catalogue:
    """The texts of `template` with the translations that `language` has; other translations are dropped."""
    catalogue = Catalogue(
        locale=language,
        project="Novation",
        charset="utf-8",
        creation_date=SINCE,
        revision_date=SINCE,
        last_translator="",
        language_team="",
        header_comment=f"# Novation: {language}. Written by make messages; translate the empty entries.",
        fuzzy=False,
    )
    before = read(language, package)
    for message in template:
        if not message.id:
            continue
        have = before.get(message.id, context=message.context)
        catalogue.add(
            message.id,
            string=have.string if have is not None and have.id == message.id else None,
            locations=message.locations,
            auto_comments=message.auto_comments,
            user_comments=have.user_comments if have is not None else (),
            flags=message.flags,
            context=message.context,
        )
    return catalogue


def read(language: str, package: Path = PACKAGE) -> Catalog:
    """The catalogue as it stands; an empty one when there is none yet."""
    path = catalogue_path(language, package)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def as_po(catalogue: Catalogue) -> bytes:
    written = io.BytesIO()
    write_po(written, catalogue, width=100, sort_output=True)
    return written.getvalue()


def as_mo(catalogue: Catalogue) -> bytes:
    """The compiled catalogue. What is not translated stays out, or a plural would be shown as nothing."""
    for message in list(catalogue):
        if message.id and not is_translated(message):
            catalogue.delete(message.id, message.context)
    written = io.BytesIO()
    write_mo(written, catalogue)
    return written.getvalue()


def is_translated(message: Message) -> bool:
    return all(message.string) if isinstance(message.string, (tuple, list)) else bool(message.string)


def wanted(package: Path = PACKAGE) -> dict[Path, bytes]:
    """What every catalogue file should hold: path -> content."""
    template = collect(package)
    files: dict[Path, bytes] = {}
    for language in LANGUAGES:
        catalogue = merged(language, template, package)
        path = catalogue_path(language, package)
        files[path] = as_po(catalogue)
        files[path.with_suffix(".mo")] = as_mo(catalogue)
    return files


def stale(package: Path = PACKAGE) -> list[Path]:
    """The catalogue files that differ from what `make messages` would write."""
    return [
        path
        for path, content in wanted(package).items()
        if not path.is_file() or path.read_bytes() != content
    ]


def untranslated(language: str, package: Path = PACKAGE) -> list[str]:
    """The texts that `language` still shows in English."""
    return [
        message.id if isinstance(message.id, str) else message.id[0]
        for message in read(language, package)
        if message.id and not is_translated(message)
    ]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make messages", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a catalogue is stale")
    options = parser.parse_args(arguments)
    prepare()
    if options.check:
        late = stale()
        for path in late:
            print(f"stale: {path.relative_to(ROOT)} (make messages)")
        return 1 if late else 0
    for path, content in wanted().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for language in LANGUAGES:
        print(f"{language}: {len(untranslated(language))} texts without a translation")
    return 0


def prepare() -> None:
    """Django's template reader asks for settings; none of them matter here."""
    if not settings.configured:
        settings.configure()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
