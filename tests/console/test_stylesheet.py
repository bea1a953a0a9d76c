"""The stylesheets and the markup keep to the few rules that everything rests on."""

import re
from pathlib import Path

import pytest

from novation.console.templatetags.novation import ICONS
from novation.domain.tracks import Code

CONSOLE = Path(__file__).resolve().parent.parent.parent / "novation" / "console"
STYLES = sorted((CONSOLE / "static" / "novation").glob("*.css"))
TEMPLATES = sorted((CONSOLE / "templates").rglob("*.html"))


def declared(block: str) -> dict[str, str]:
    return dict(re.findall(r"(--[\w-]+):\s*([^;]+);", block))


def test_both_dark_blocks_say_the_same() -> None:
    text = (CONSOLE / "static" / "novation" / "tokens.css").read_text()
    by_system = re.search(r':root:not\(\[data-theme="light"\]\) \{(.*?)\}', text, re.S)
    by_choice = re.search(r':root\[data-theme="dark"\] \{(.*?)\}', text, re.S)
    assert by_system and by_choice
    assert declared(by_system.group(1)) == declared(by_choice.group(1))
    assert len(declared(by_choice.group(1))) > 30


def test_every_token_that_is_used_is_declared() -> None:
    everything = "".join(path.read_text() for path in STYLES)
    used = set(re.findall(r"var\((--[\w-]+)[,)]", everything))
    assert used <= set(re.findall(r"(--[\w-]+)\s*:", everything)) | {"--measure"}


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_a_stylesheet_names_its_layer_and_no_colour_but_by_token(path: Path) -> None:
    text = path.read_text()
    assert "@layer" in text
    assert text.count("{") == text.count("}")
    if path.name in ("tokens.css", "print.css", "certificate.css"):
        return
    colours = re.findall(r"#[0-9a-fA-F]{3,8}\b|\brgb\(", text)
    # The QR code must stay black on white, and a dialog's backdrop is black in both themes.
    assert set(colours) <= {"#fff", "rgb("}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_holds_inline_style_or_script(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"\sstyle=|\son\w+=\"|javascript:", text)
    for tag in re.findall(r"<script\b[^>]*>", text):
        assert "src=" in tag, tag
    assert "http://" not in text.replace("http://www.w3.org", "")


def test_every_icon_that_is_used_is_drawn() -> None:
    sprite = (CONSOLE / "templates" / "console" / "sprite.html").read_text()
    drawn = set(re.findall(r'<symbol id="i-([\w-]+)"', sprite))
    used = {name for path in TEMPLATES for name in re.findall(r'{% icon "([\w-]+)"', path.read_text())}
    used |= {name for path in TEMPLATES for name in re.findall(r'glyph="([\w-]+)"', path.read_text())}
    assert used | set(ICONS.values()) <= drawn


def test_each_of_the_seven_states_has_an_icon_and_a_look() -> None:
    assert set(ICONS) == {str(code) for code in Code}
    text = (CONSOLE / "static" / "novation" / "components.css").read_text()
    for code in Code:
        assert f".state--{code}" in text


def test_no_class_is_used_that_no_stylesheet_knows() -> None:
    everything = "".join(path.read_text() for path in STYLES)
    known = set(re.findall(r"\.([a-zA-Z][\w-]*)", everything))
    # Ends of names that a template puts together, such as `note--` and `act`.
    plain = {"act", "done", "info", "theirs", "ours"}
    for path in TEMPLATES:
        text = re.sub(r"{%.*?%}|{{.*?}}", " ", path.read_text())
        for names in re.findall(r'class="([^"]*)"', text):
            for name in names.split():
                assert name.rstrip("-") in known | plain or name.endswith("--"), (path.name, name)
