"""The command line as a page: what every command does, and each option with its default.

Works on any `argparse` parser. It reads the parser's list of actions, to which argparse offers no public way.
"""

import argparse
from collections.abc import Iterator

HIDDEN = argparse.SUPPRESS


def commands(
    parser: argparse.ArgumentParser, name: str, said: str = ""
) -> Iterator[tuple[str, argparse.ArgumentParser, str]]:
    """Every command below `parser`, deepest last: its full name, its parser, its one line of help."""
    for action in parser._actions:
        if not isinstance(action, argparse._SubParsersAction):
            continue
        lines = {choice.dest: choice.help or "" for choice in action._choices_actions}
        for word, below in action.choices.items():
            yield f"{name} {word}", below, lines.get(word, said)
            yield from commands(below, f"{name} {word}")


def options(parser: argparse.ArgumentParser) -> Iterator[tuple[str, str, str]]:
    """Name, default and meaning of everything that a command takes, the words without a dash first."""
    shown = [
        action
        for action in parser._actions
        if not isinstance(action, (argparse._SubParsersAction, argparse._HelpAction))
        and action.help != HIDDEN
        and action.nargs != argparse.REMAINDER
    ]
    for action in sorted(shown, key=lambda action: bool(action.option_strings)):
        choices = "/".join(map(str, action.choices)) if action.choices else action.dest.upper()
        name = ", ".join(action.option_strings) or str(action.metavar or choices)
        if action.option_strings and action.nargs != 0:
            name += f" {action.metavar or choices}"
        yield name, default_of(action), sentence(action.help or "", action)


def default_of(action: argparse.Action) -> str:
    if action.required or (not action.option_strings and action.nargs not in ("?", "*")):
        return "required"
    if action.nargs == 0 or action.default in (None, HIDDEN, "", []):
        return "none"
    return f"`{action.default}`"


def sentence(text: str, action: argparse.Action) -> str:
    """argparse's own `%(default)s` and `%%` resolved."""
    values = {key: value for key, value in vars(action).items() if value is not HIDDEN}
    return (text % values).replace("\n", " ") if "%" in text else text.replace("\n", " ")


def page(parser: argparse.ArgumentParser, name: str = "novation") -> str:
    """Markdown: one heading a command, its sentence, and a table of what it takes."""
    parts = []
    for full, below, said in commands(parser, name):
        rows = [f"| `{option}` | {default} | {meaning} |" for option, default, meaning in options(below)]
        words = (below.description or said).strip().rstrip(".")
        words = words[:1].upper() + words[1:] + "."
        table = ["| takes | default | meaning |", "| --- | --- | --- |", *rows]
        parts.append("\n".join([f"## `{full}`", "", words, *(["", *table] if rows else [])]))
    return "\n\n".join(parts) + "\n"
