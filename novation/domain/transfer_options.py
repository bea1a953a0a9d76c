"""Which of Microsoft's documented ways fits a programme, what to ask first, and how long the old account must live.

The ways are those of `moving-customers` section 1.1, under its letters. Nothing here decides anything: it advises.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

#: An end of term in or after this year is Microsoft's word for "never" (Azure plans end in 9999).
NEVER = 9000


class Kind(StrEnum):
    """What a partner account is in the programme (CSP)."""

    DIRECT = "direct"  # direct-bill partner
    PROVIDER = "provider"  # indirect provider (distributor)
    RESELLER = "reseller"  # indirect reseller: bills through a provider
    UNKNOWN = ""  # nobody has said so yet


class Fit(StrEnum):
    """How well a way fits."""

    USE = "use"  # build on it
    ASK = "ask"  # worth a question to Microsoft before starting
    REST = "rest"  # for what the main way cannot take
    NO = "no"  # does not fit, or does not move customers


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is known of the programme. Counts are of subscriptions on the old account; "
    "moments are ends of terms."""

    same_entity: bool = False
    source: Kind = Kind.UNKNOWN
    target: Kind = Kind.UNKNOWN
    region: str = ""
    customers: int = 0
    unread: int = 0
    outside: int = 0  # customers outside the region
    movable: int = 0
    staying: int = 0  # that cannot be transferred, or whose customer stays
    renewing: int = 0  # of the staying, those that renew by themselves
    extending: int = 0  # of the staying, those that end without a renewal: extended unless cancelled
    endless: int = 0  # of the staying, those without an end, such as Azure plans
    last_end: datetime | None = None  # of the staying
    last_possible: datetime | None = None  # of everything that is still on the old account
    azure: int = 0  # customers with Azure


@dataclass(frozen=True, slots=True)
class Way:
    """One documented way, judged."""

    letter: str
    name: str
    fit: Fit
    why: str


@dataclass(frozen=True, slots=True)
class Advice:
    """The ways in the order in which to think of them, questions for Microsoft, and the "
    "life of the old account."""

    ways: tuple[Way, ...]
    questions: tuple[str, ...]
    until: datetime | None
    until_why: tuple[str, ...]

    @property
    def main(self) -> Way:
        """The way to build on."""
        return next((way for way in self.ways if way.fit is Fit.USE), self.ways[0])


def advise(known: Situation) -> Advice:
    """Judges every documented way for this programme."""
    ways = (_transfer(known), _support(known), _anew(known), _extend(known), _one_account(), _by_hand())
    order = list(Fit)
    until, why = _life(known)
    return Advice(
        ways=tuple(sorted(ways, key=lambda way: order.index(way.fit))),
        questions=tuple(_questions(known)),
        until=until,
        until_why=tuple(why),
    )


def _transfer(known: Situation) -> Way:
    name = "Partner-to-partner transfer of each customer's subscriptions"
    resellers = [
        side for side, kind in (("old", known.source), ("new", known.target)) if kind is Kind.RESELLER
    ]
    if resellers:
        return Way(
            "A",
            name,
            Fit.NO,
            f"The {' and the '.join(resellers)} account is an indirect reseller; only direct-bill "
            "partners and indirect "
            "providers take part. Its provider must do it.",
        )
    why = (
        "It works in mid-term between any two billing accounts of one region, by API, for "
        "thousands. Each customer must "
        "accept the new account first; the transfer itself needs no act of the customer."
    )
    if known.outside:
        why += f" {known.outside:,} customers are outside the region and cannot go this way."
    if not known.same_entity:
        why += " The accounts belong to two companies, so each customer also changes its contract partner."
    return Way("A", name, Fit.USE, why)


def _support(known: Situation) -> Way:
    name = "Support-assisted bulk move of customers by Microsoft"
    kinds = {known.source, known.target}
    if not known.same_entity:
        return Way("D", name, Fit.NO, "It is for two accounts of one legal entity; these belong to two.")
    if kinds & {Kind.PROVIDER, Kind.RESELLER}:
        return Way("D", name, Fit.NO, "It is described for two direct-bill accounts only.")
    return Way(
        "D",
        name,
        Fit.ASK,
        "Both accounts belong to one legal entity. It is described in a Microsoft support text "
        "of 2021; whether it is still "
        "offered is not known. One support case costs nothing. Microsoft wants proof that the "
        "customers were told and "
        "accepted, which this programme collects anyway.",
    )


def _anew(known: Situation) -> Way:
    name = "Buy anew on the new account for the end of each term"
    if not known.staying:
        return Way(
            "C",
            name,
            Fit.REST,
            "Nothing is known that could not be transferred. It is the way for whoever says no.",
        )
    return Way(
        "C",
        name,
        Fit.REST,
        f"For the {known.staying:,} subscriptions that stay: buy the same product on the new "
        "account for the day on which "
        "the old term ends, and set the old one to “cancel at the end”. Same product, same "
        "licences, nobody is reassigned.",
    )


def _extend(known: Situation) -> Way:
    name = "Extend the reseller relationship to an indirect provider"
    if known.source is Kind.DIRECT and known.target is Kind.PROVIDER:
        return Way(
            "E",
            name,
            Fit.ASK,
            "From a direct-bill account to an indirect provider. The sources are weak: ask the "
            "provider and Microsoft.",
        )
    return Way("E", name, Fit.NO, "It leads from a direct-bill account to an indirect provider only.")


def _one_account() -> Way:
    return Way(
        "X",
        "Add both tenants to one Partner Center account",
        Fit.NO,
        "Our people could work in both, but no customer moves by it.",
    )


def _by_hand() -> Way:
    return Way(
        "B",
        "Microsoft's tutorial for consolidating tenants, by hand",
        Fit.NO,
        "The same invitation and transfer as in the transfer above, clicked customer by customer in Partner Center.",
    )


def _questions(known: Situation) -> Iterator[str]:
    if known.same_entity and not {known.source, known.target} & {Kind.PROVIDER, Kind.RESELLER}:
        yield (
            "Is the support-assisted bulk move between two accounts of one legal entity still "
            "offered, and with what proof?"
        )
    for side, kind in (("old", known.source), ("new", known.target)):
        if kind is Kind.UNKNOWN:
            yield (
                f"Is the {side} account a direct-bill partner, an indirect provider or an indirect reseller?"
            )
    if not known.region:
        yield "Which markets belong to the region of the new account? (policy setting `region`)"
    yield (
        "Is there a limit on transfers a day, and does “300 subscriptions per tenant” count per "
        "customer or per partner?"
    )
    yield "Do promotion price, scheduled changes, auto-renewal and the end-of-term choice survive a transfer?"
    yield (
        "Is a transfer refused when the customer agreement is missing with the new account, and "
        "with which error?"
    )
    if known.staying:
        yield "Which of the subscriptions that stay (software, trials, legacy) does the transfer take by now?"
    if known.azure:
        yield (
            "Who keeps Azure role assignments and the cost history after a transfer, and what "
            "happens to reservations?"
        )
    yield (
        "Which deadline for partner status does the old account have, and what must be settled "
        "before it is given up?"
    )


def _life(known: Situation) -> tuple[datetime | None, list[str]]:
    """Until when the old account must live, and why it may be longer."""
    why: list[str] = []
    if known.unread:
        why.append(f"{known.unread:,} customers have not been read yet.")
    if known.last_end is not None:
        why.append(f"The last term of the {known.staying:,} subscriptions that stay ends then.")
    elif not known.staying:
        why.append("Nothing is known that would stay; the last transfer ends it.")
    if known.renewing:
        why.append(
            f"{known.renewing:,} of them renew by themselves: each renewal binds the old account for "
            "another term. "
            "Choose “cancel at the end” before."
        )
    if known.extending:
        why.append(
            f"{known.extending:,} of them end without a renewal: unless “cancel at the end” is "
            "chosen, Microsoft extends them "
            "month by month at 3 % more, or 23 % more without a monthly plan, and the old account lives on."
        )
    if known.endless:
        why.append(f"{known.endless:,} have no end of term (Azure plans): they must be moved or cancelled.")
    if known.last_possible is not None and (known.last_end is None or known.last_possible > known.last_end):
        possible = known.last_possible
        why.append(f"If nobody else agreed, it would be {possible.day} {possible:%B %Y}.")
    why.append(
        "Invoices, credits and reconciliation of the last month come after it; keep the account "
        "until they are settled."
    )
    return known.last_end, why
