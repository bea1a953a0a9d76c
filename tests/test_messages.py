"""`make messages` finds every marked text, keeps translations, and its catalogues are fresh."""

import gettext
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from tools import messages

PAGE = """{% load i18n %}
<h1>{% translate "Your move" %}</h1>
      <p title="{{ title|default:_("No title") }}">it's 100% "quoted" (and open
   {% blocktranslate count n=seats with name=company.name trimmed %}
        {{ name }} has one seat.
   {% plural %}
        {{ name }} has {{ n }} seats.
   {% endblocktranslate %}
 {# Translators: the button #}
\t{% translate "Accept" context "mandate" %}
{% comment %}{% translate "never shown" %}{% endcomment %}
{% blocktranslate %}A text
over two lines with 50%{% endblocktranslate %}
"""

CODE = """
from django.utils.translation import gettext_lazy as _, ngettext, pgettext, npgettext
from django.utils.translation import gettext

WORD = _("Told")
LONG = _("one " "sentence")
def shown(n, name):
    ngettext("%(n)s task", "%(n)s tasks", n)
    npgettext("queue", "one open", "%d open", n)
    gettext(name)
    return pgettext("noun", "Move")
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    package = tmp_path / "novation"
    (package / "app" / "templates" / "app").mkdir(parents=True)
    (package / "app" / "templates" / "app" / "page.html").write_text(PAGE)
    (package / "app" / "words.py").write_text(CODE)
    (package / "emulator").mkdir()
    (package / "emulator" / "words.py").write_text('_("Microsoft says")')
    return package


def ids(catalogue: Catalog) -> set[object]:
    return {
        (message.context, message.id) if message.context else message.id
        for message in catalogue
        if message.id
    }


def test_every_marked_text_is_found_in_pages_and_code(package: Path) -> None:
    assert ids(messages.collect(package)) == {
        "Your move",
        "No title",
        ("%(name)s has one seat.", "%(name)s has %(n)s seats."),
        ("mandate", "Accept"),
        "A text\nover two lines with 50%%",
        "Told",
        "one sentence",
        ("%(n)s task", "%(n)s tasks"),
        ("queue", ("one open", "%d open")),
        ("noun", "Move"),
    }


def test_a_text_tells_the_translator_its_file_and_its_hint(package: Path) -> None:
    accept = messages.collect(package).get("Accept", context="mandate")
    assert accept is not None
    assert accept.locations == [("novation/app/templates/app/page.html", None)]
    assert accept.auto_comments == ["Translators: the button"]


def write(package: Path) -> None:
    for path, content in messages.wanted(package).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def translate(package: Path, text: str, translated: str) -> None:
    path = messages.catalogue_path("de", package)
    path.write_text(
        path.read_text().replace(f'msgid "{text}"\nmsgstr ""', f'msgid "{text}"\nmsgstr "{translated}"')
    )


def test_a_translation_is_kept_compiled_and_used(package: Path) -> None:
    write(package)
    translate(package, "Told", "Mitgeteilt")
    write(package)
    with messages.catalogue_path("de", package).with_suffix(".mo").open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("Told") == "Mitgeteilt"
    assert "Told" not in messages.untranslated("de", package)
    assert "Told" in messages.untranslated("fr", package)


def test_a_plural_without_a_translation_is_shown_in_english(package: Path) -> None:
    write(package)
    with messages.catalogue_path("cs", package).with_suffix(".mo").open("rb") as file:
        assert gettext.GNUTranslations(file).ngettext("%(n)s task", "%(n)s tasks", 5) == "%(n)s tasks"


def test_a_second_run_changes_nothing(package: Path) -> None:
    write(package)
    assert messages.stale(package) == []


@pytest.mark.parametrize(
    ("change", "suffix"), [("new text", ".po"), ("translation not compiled", ".mo"), ("text gone", ".po")]
)
def test_a_stale_catalogue_is_named(package: Path, change: str, suffix: str) -> None:
    write(package)
    if change == "new text":
        (package / "app" / "more.py").write_text('_("Something new")')
    elif change == "text gone":
        (package / "app" / "words.py").unlink()
    else:
        translate(package, "Told", "Mitgeteilt")
    assert messages.catalogue_path("de", package).with_suffix(suffix) in messages.stale(package)


def test_a_template_that_cannot_be_read_names_itself(package: Path) -> None:
    (package / "app" / "templates" / "app" / "bad.html").write_text(
        "{% blocktranslate %}{% if x %}{% endblocktranslate %}"
    )
    with pytest.raises(SyntaxError, match=r"bad\.html"):
        messages.collect(package)


@pytest.fixture(autouse=True, scope="module")
def settings_for_templates() -> None:
    messages.prepare()


def test_the_committed_catalogues_are_fresh() -> None:
    """When this fails: make messages."""
    assert [path.name for path in messages.stale()] == []
