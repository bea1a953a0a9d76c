"""Sets of states stand once, under a name, in the domain: nobody else writes one down."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from novation.domain import states
from novation.domain.facts import BatchState, ItemState
from novation.domain.gdap import ALIVE, OVER
from novation.domain.microsoft_words import SUBSCRIPTION_ALIVE, SUBSCRIPTION_OVER, TRANSFER_OVER
from novation.domain.tracks import STATES

ROOT = Path(__file__).resolve().parents[2] / "novation"
#: Every word that is a state of something: of a track, of admin rights, of a subscription, of a transfer.
WORDS = (
    frozenset(word for track in STATES.values() for word in track)
    | ALIVE | OVER | SUBSCRIPTION_ALIVE | SUBSCRIPTION_OVER | TRANSFER_OVER
)  # fmt: skip
#: Enumerations of states: sets of their members are sets of states.
ENUMERATIONS = frozenset({ItemState.__name__, BatchState.__name__})
#: Where sets may be written down.
HOME = frozenset({"domain/states.py", "domain/gdap.py", "domain/microsoft_words.py", "domain/tracks.py"})
#: They stand alone, or record what was.
APART = ("emulator/", "partnercenter/", "migrations/")
#: Other words that happen to be spelt alike, by file and the word that begins them.
NO_STATES = {
    ("commands/simulate.py", "mandate"): "options of the command",
    ("console/health.py", "sent"): "names of counters in a sentence",
    ("rehearsal/summary.py", "customers"): "names of figures",
    ("engine/facts.py", "open_tasks"): "names of facts",
    ("moves/selectors/customer.py", "decision"): "first parts of tags",
    ("notices/mail_service.py", "invalid"): "words of a mail service",
    ("notices/mail_service.py", "sent"): "words of a mail service",
    ("notices/preflight/records.py", "none"): "policies of DMARC",
    ("notices/inbound/reports.py", "bounced"): "words of mail reports",
}


def word_of(node: ast.expr) -> str:
    """The state that an expression names; empty when it names none."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value if node.value in WORDS else ""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{node.value.id}.{node.attr}" if node.value.id in ENUMERATIONS else ""
    return ""


def compared(node: ast.BoolOp) -> Iterator[list[str]]:
    """States with which the same thing is compared in one chain of `or` or `and`."""
    wanted = ast.Eq if isinstance(node.op, ast.Or) else ast.NotEq
    by_thing: dict[str, list[str]] = {}
    for value in node.values:
        if isinstance(value, ast.Compare) and len(value.ops) == 1 and isinstance(value.ops[0], wanted):
            word = word_of(value.comparators[0])
            if word:
                by_thing.setdefault(ast.unparse(value.left), []).append(word)
    yield from by_thing.values()


def sets_in(source: str) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """Line, first element and states of every set of states that stands in a source as a literal or a chain."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            if not all(isinstance(one, ast.Constant | ast.Attribute) for one in node.elts):
                continue
            words = tuple(filter(None, map(word_of, node.elts)))
            if len(words) > 1:
                first = node.elts[0]
                yield node.lineno, str(first.value if isinstance(first, ast.Constant) else words[0]), words
        elif isinstance(node, ast.MatchOr):
            words = tuple(
                filter(None, (word_of(one.value) for one in node.patterns if isinstance(one, ast.MatchValue)))
            )
            if len(words) > 1:
                yield node.lineno, words[0], words
        elif isinstance(node, ast.BoolOp):
            for found in compared(node):
                if len(found) > 1:
                    yield node.lineno, found[0], tuple(found)


def files() -> list[str]:
    found = [path.relative_to(ROOT).as_posix() for path in sorted(ROOT.rglob("*.py"))]
    return [name for name in found if name not in HOME and not any(part in f"{name}" for part in APART)]


def test_no_set_of_states_stands_outside_the_domain() -> None:
    wrong = [
        f"{name}:{line} {words}"
        for name in files()
        for line, first, words in sets_in((ROOT / name).read_text(encoding="utf-8"))
        if (name, first) not in NO_STATES
    ]
    assert not wrong, "name it in novation/domain/states.py:\n" + "\n".join(wrong)


def test_what_is_excepted_is_still_there() -> None:
    there = {
        (name, first)
        for name in files()
        for _, first, _ in sets_in((ROOT / name).read_text(encoding="utf-8"))
    }
    assert set(NO_STATES) <= there


@pytest.mark.parametrize(
    "planted",
    [
        'if move.decision_state in ("mandate", "self"): pass',
        'DONE = frozenset({"verified", "nothing"})',
        'rows.filter(closeout_state__in=["stays", "parked"])',
        'if state == "stays" or state == "parked": pass',
        'if x and state != "stays" and state != "parked": pass',
        'if grant.status in {"active", "expiring"}: pass',
        "LEFT = (ItemState.IN_OLD, ItemState.STAYS)",
        "if item.state == ItemState.IN_OLD or item.state == ItemState.STAYS: pass",
        "match state:\n    case 'sent' | 'uncertain': pass",
    ],
)
def test_a_planted_set_is_found(planted: str) -> None:
    assert len(list(sets_in(planted))) == 1


@pytest.mark.parametrize(
    "allowed",
    [
        'if state == "stays" or other == "parked": pass',
        'names = ("mandate", variable)',
        "if state in states.CONSENTED: pass",
        'words = ("one", "two", "stays")',
        'if state == "stays": pass',
    ],
)
def test_what_is_no_set_of_states_is_left_alone(allowed: str) -> None:
    assert not list(sets_in(allowed))


def test_every_named_state_exists() -> None:
    """A set whose states were renamed would never match again."""
    known = WORDS | {"admin"} | set(ItemState) | set(BatchState)
    for name, value in vars(states).items():
        if name.isupper():
            assert set(value) <= known, name


def test_no_two_names_stand_for_the_same_set() -> None:
    named = [frozenset(value) for name, value in vars(states).items() if name.isupper()]
    assert len(set(named)) == len(named)
