"""Customers from a seed: the cheap part, made for all of them at the start.

Same seed, same customers, ids included, however many are asked for. What a customer owns is drawn
from the same seed when somebody first looks at it (``portfolio.py``).
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from novation.emulator import names
from novation.emulator.customers import Contact, Customer
from novation.emulator.ids import guid
from novation.emulator.rich_seed import shares_name

_COUNTRIES = tuple(names.COUNTRIES)
_STREETS = {
    "de": "Hauptstraße",
    "fr": "rue de l'Église",
    "es": "calle Mayor",
    "cs": "Nádražní",
    "en": "High Street",
}
NO_MAIL = 0.02


def make_customers(seed: int, count: int, *, plain: bool, rich: bool = False) -> Iterator[Customer]:
    """Yields ``count`` customers of a seed. ``plain`` leaves the oddities out: no missing mail address,
    no country outside the region. ``rich`` gives some the name of the customer before them."""
    taken: set[str] = set()
    before = ""
    countries: tuple[str, ...] = _COUNTRIES
    weights: tuple[int, ...] = names.COUNTRY_WEIGHTS
    if plain:
        countries, weights = countries[:-1], weights[:-1]
    for index in range(count):
        draw = Random(f"{seed}/{index}")
        tid = guid(draw)
        country = draw.choices(countries, weights)[0]
        language, culture, calling, cities = names.COUNTRIES[country]
        name, sector = names.company(draw, country)
        name = before if rich and before and shares_name(index) else name
        before = name
        domain = _domain(name, country, index, taken)
        first, last = names.person(draw, language)
        mail = f"{names.ascii_folded(first)}.{names.ascii_folded(last)}@{domain}"
        if not plain and draw.random() < NO_MAIL:
            mail = ""
        city, postal_code = draw.choice(cities)
        yield Customer(
            index=index,
            tid=tid,
            name=name,
            country=country,
            sector=sector,
            domain=domain,
            contact=Contact(
                first, last, mail, f"+{calling} {draw.randrange(200, 999)} {draw.randrange(10**5, 10**6)}"
            ),
            city=city,
            postal_code=postal_code,
            street=f"{_STREETS[language]} {draw.randrange(1, 180)}",
            culture=culture,
        )


def _domain(name: str, country: str, index: int, taken: set[str]) -> str:
    # .example can never belong to anybody (RFC 2606), so no stray mail can reach a real company.
    label = names.ascii_folded(name)[:40].strip("-")
    if label in taken:
        label = f"{label}-{index}"
    taken.add(label)
    return f"{label}.example"
