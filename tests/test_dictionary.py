"""Names are the field's terms: no module, class or function bears a word of the old private dictionary."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
#: Each with the word that is used now.
OLD_WORDS = {
    "patience": "db_retry",
    "insist": "retry_transaction",
    "let_go": "release_lease",
    "take_over": "reclaim_dead_leases",
    "push_back": "postpone_poisoned",
    "locked_all": "lock_moves_by_id",
    "Came": "CallOutcome",
    "Halt": "CircuitBreak",
    "halts": "circuit_breaks",
    "brakes": "safety_limits",
    "braking": "bounce_limits",
    "stopping": "circuit_breaker",
    "following": "webhook_events",
    "receiving": "webhooks.views",
    "registering": "webhook_registration",
    "Hint": "WebhookEvent",
    "hints": "webhook_events",
    "postage": "mail_transports",
    "letterbox": "mailbox",
    "incoming": "inbound.process",
    "Arrival": "InboundMail",
    "Stranger": "UnexpectedCustomer",
    "strangers": "unexpected_customers",
    "Takeout": "BundleExport",
    "takeouts": "exports",
    "taking_out": "exports",
    "PaperLetter": "PostalLetter",
    "notary": "checkpointer",
    "stamps": "timestamps",
    "renewals": "timestamp_renewal",
    "sweep": "poll_customer_list",
    "freshness": "refresh_readiness",
    "wishes": "refresh",
    "steering": "operator_actions",
    "endings": "task_effects",
    "choices": "term_choices",
    "turning_back": "reverse_moves",
    "told": "text_context",
    "asking": "rules.notice",
    "staying": "rules.end_of_term",
    "buying": "rules.repurchase",
    "Tell": "SendNotice",
    "AskOperator": "OpenTask",
    "heard": "record_reads",
    "happenings": "event_texts",
    "finding_words": "finding_labels",
    "track_lines": "track_summaries",
    "pins": "trust_anchors",
    "judging": "verification",
    "plain_sql": "raw_sql",
    "leash": "child_process",
    "books": "reconcile",
    "pulse": "db_probe",
    "groundwork": "fixtures",
    "timekeepers": "fake_tsa",
    "characters": "personas",
    "killing": "chaos",
}

#: Plain words that mean something by themselves as the name of a function, but not of a module.
MODULES_ALONE = frozenset({"told", "pins", "following", "staying", "buying", "pulse", "renewals"})


def names_of(source: str) -> set[str]:
    """Names of the classes and functions that a source defines."""
    kinds = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    return {node.name for node in ast.walk(ast.parse(source)) if isinstance(node, kinds)}


def old_words(place: str, source: str) -> list[str]:
    """Old words that a module bears, or defines as class or function."""
    borne = {Path(place).stem} | (names_of(source) - MODULES_ALONE)
    return sorted(f"{place}: {word} is {OLD_WORDS[word]} now" for word in borne & set(OLD_WORDS))


def test_no_name_is_of_the_old_dictionary() -> None:
    found = []
    for path in sorted((ROOT / "novation").rglob("*.py")):
        if "migrations" not in path.parts:
            found += old_words(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
    assert found == []


@pytest.mark.parametrize(
    ("place", "source"),
    [
        ("novation/engine/notary.py", ""),
        ("novation/engine/claims.py", "def let_go() -> None: ..."),
        ("novation/moves/models/x.py", "class Halt: ..."),
    ],
)
def test_a_planted_old_word_is_found(place: str, source: str) -> None:
    assert old_words(place, source)
