"""What a text must say and must not: facts that no notice may lack, no advertising, sentences that are read.

The list of facts is that of a good notice (moving-customers section 5); the limit of 20 words a sentence is ours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from novation.notices.markup import Letter, parse
from novation.notices.placeholders import NAMES, PLACEHOLDER
from novation.notices.purposes import Purpose

#: What each mark stands for, in the sentence that says it is missing.
FACTS: dict[str, str] = {
    "who": "who we are",
    "real": "how the reader can check that this is real",
    "stays": "what does not change",
    "changes": "what changes",
    "microsoft": "what Microsoft will write to the reader",
    "ask": "what we ask for, with the link",
    "deadline": "by when we ask for an answer",
    "otherwise": "what happens without an answer",
    "admin": "the right to an administrator account of one's own",
    "remove": "the right to take away our rights",
    "refuse": "the right to refuse",
    "contact": "how to reach a person",
    "partner": "who becomes the contract partner",
    "data": "who processes the data",
}
#: What must stand in the lines of a mark, besides words.
_HOLDS = {
    "who": "{sender}",
    "real": "{reference}",
    "ask": "{url}",
    "deadline": "{answer_by}",
    "microsoft": "Microsoft",
    "partner": "{target}",
}
#: Facts about another legal entity, which a move within one company has not.
_OTHER = frozenset({"partner", "data"})
_REMINDER = frozenset({"ask", "otherwise", "real"})

#: Texts that a programme may replace, and the facts that each must tell.
NEEDED: dict[Purpose, frozenset[str]] = {
    Purpose.ANNOUNCEMENT: frozenset(FACTS),
    Purpose.DELEGATE: frozenset(FACTS) - {"deadline"},
    Purpose.REMINDER_1: _REMINDER,
    Purpose.REMINDER_2: _REMINDER,
    Purpose.SELF_REMINDER: frozenset({"ask", "real"}),
    Purpose.AGREEMENT_REMINDER: frozenset({"ask", "real"}),
}

#: One advertising sentence makes a notice advertising, with all that the law asks of it.
_PROMOTION = re.compile(
    r"\b(?:discount|special offer|upgrade (?:now|today)|best (?:price|value)|save (?:up to|money)|free trial|"
    r"don['’]t miss|limited (?:time|offer)|exclusive|buy now|great news|we are (?:excited|thrilled|delighted)|"
    r"rabatt|sonderangebot|angebot (?:nur|gilt)|jetzt (?:kaufen|sichern|upgraden)|gratis testen|exklusiv|"
    r"wir freuen uns|promotion|offre (?:spéciale|limitée)|profitez|remise de|achetez|essai gratuit|"
    r"nous sommes (?:ravis|heureux)|oferta (?:especial|limitada)|descuento|aproveche|compre|prueba gratuita|"
    r"nos complace|sleva|speciální nabídk\w*|akční|nepropásněte|kupte|vyzkoušejte zdarma|exkluzivní\w*|"
    r"s radostí|výhodn\w+ nabídk\w*)\b",
    re.IGNORECASE,
)
MOST_WORDS = 20  # in a sentence, on average
LONGEST = 40  # words of one sentence; more is a warning
_FEW = 3  # words that a fact needs at least
#: Points that end no sentence, in the languages that we deliver.
_ABBREVIATIONS = re.compile(
    r"\b(?:s\.\s?r\.\s?o|a\.\s?s|z\.\s?B|d\.\s?h|e\.g|i\.e|p\.\s?ej|tj|Nr|no|č|approx|ca)\.", re.IGNORECASE
)


@dataclass(frozen=True)
class Fault:
    """Something wrong with a text. A `warning` is shown; anything else keeps the text from being published."""

    sentence: str
    warning: bool = False


def faults(purpose: str, source: str, *, same_entity: bool) -> list[Fault]:
    """All that is wrong with a text of one's own, each in a sentence that says what to do.

    Args:
        purpose: which text it replaces.
        source: in the markup of `letters`, with placeholders.
        same_entity: both accounts belong to one company.
    """
    try:
        letter = parse(source)
    except ValueError:
        return [Fault("The text needs a first line as its subject, an empty line, and a body.")]
    return [*_form(letter, source), *_facts(Purpose(purpose), letter, same_entity), *_style(letter)]


def _form(letter: Letter, source: str) -> list[Fault]:
    found = [
        Fault(f"There is no placeholder {{{name}}}. The list beside the text names all.")
        for name in sorted(set(PLACEHOLDER.findall(source)) - set(NAMES))
    ]
    if "{reference}" not in letter.subject:
        found.append(Fault("The subject must hold {reference}, so that an answer finds its customer."))
    links = [block for block in letter.blocks if block.kind == "link"]
    if len(links) != 1 or links[0].url != "{url}":
        found.append(Fault("The text must have exactly one link, a line like: => Read and decide | {url}"))
    if source.count("{url}") > 1 or re.search(r"https?://|www\.", source):
        found.append(Fault("No other address may stand in the text: one link, the personal one."))
    if re.search(r"<[a-zA-Z/!]", source):
        found.append(Fault("The text must be plain, without HTML."))
    unknown = {mark for block in letter.blocks for mark in block.marks} - set(FACTS)
    found += [
        Fault(f"There is no mark @{mark}. The list beside the text names all.") for mark in sorted(unknown)
    ]
    return found


def _facts(purpose: Purpose, letter: Letter, same_entity: bool) -> list[Fault]:
    found = []
    for mark in (mark for mark in FACTS if mark in NEEDED[purpose]):
        if same_entity and mark in _OTHER:
            continue
        told = [block for block in letter.blocks if mark in block.marks and block.kind != "h"]
        words = " ".join(f"{block.text} {block.url}" for block in told)
        if not told:
            found.append(Fault(f"Missing: {FACTS[mark]}. Write it below a line @{mark}."))
        elif len(words.split()) < _FEW:
            found.append(Fault(f"Too short: {FACTS[mark]} (below @{mark})."))
        elif mark in _HOLDS and _HOLDS[mark] not in words:
            found.append(Fault(f"The lines below @{mark} must hold {_HOLDS[mark]}: {FACTS[mark]}."))
    return found


def _style(letter: Letter) -> list[Fault]:
    texts = [letter.subject, *(block.text for block in letter.blocks)]
    found = [
        Fault(f"This reads like advertising: “{hit.group(0)}”. A notice must not.")
        for text in texts
        if (hit := _PROMOTION.search(text))
    ]
    if any("!" in text for text in texts):
        found.append(Fault("No exclamation marks: they read like advertising."))
    lengths = [(len(sentence.split()), sentence) for text in texts[1:] for sentence in sentences(text)]
    if lengths:
        average = sum(words for words, _ in lengths) / len(lengths)
        if average > MOST_WORDS:
            found.append(
                Fault(f"The sentences have {average:.0f} words on average; {MOST_WORDS} are the most.")
            )
        found += [
            Fault(f"A sentence has {words} words: “{sentence[:60]}…”", warning=True)
            for words, sentence in lengths
            if words > LONGEST
        ]
    return found


def sentences(text: str) -> list[str]:
    """The sentences of a paragraph; the points of common abbreviations end none."""
    kept = _ABBREVIATIONS.sub(lambda found: found[0].replace(".", ""), text)
    return [part for part in re.split(r"(?<=[.!?:])\s+", kept) if part.strip()]
