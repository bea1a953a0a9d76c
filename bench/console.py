"""The console's pages: how long the server takes for each, with 1,000, 10,000 and 100,000 customers in the programme.

    python bench/console.py
    python bench/console.py --populations 1000

The customers are those of the tests' portfolio, one in each state a move can be in, copied until there are enough:
so each page has to show something, at every size. Times are of one request in one process, in the mid of several.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from typing import TYPE_CHECKING, Any

from bench.apart import apart

if TYPE_CHECKING:
    from django.test import Client

PAGES = {
    "home": "/console/",
    "customers": "/console/customers/",
    "customers, found by name": "/console/customers/?q=Gro%C3%9Fk%C3%BCchen",
    "customers, moving, by seats": "/console/customers/?stage=moving&sort=-seats",
    "queue": "/console/tasks/",
    "waves": "/console/waves/",
    "readiness": "/console/readiness/",
    "findings": "/console/findings/",
    "evidence": "/console/evidence/",
    "mail": "/console/mail/",
    "ways": "/console/way/",
}
TRIES = 5
SEED = 200


def measure(populations: tuple[int, ...] = (1_000, 10_000, 100_000)) -> dict[str, Any]:
    """Each size in a process and a database of its own."""
    return {
        f"ms with {size:,} customers": apart(__file__, "--number", str(size), NOVATION_LOG_LEVEL="ERROR")
        for size in populations
    }


def pages(number: int) -> dict[str, float]:
    """Milliseconds for each page with so many customers."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import transaction
    from django.test import Client

    from novation import clock
    from tests.console import portfolio
    from tests.console.multiplied import multiply

    settings.ALLOWED_HOSTS = ["testserver"]
    clock.use_clock(clock.FixedClock(portfolio.NOW))
    call_command("migrate", verbosity=0, interactive=False)
    with transaction.atomic():
        built = portfolio.build(SEED)
    multiply(built.moves, number // SEED - 1)
    browser = Client()
    browser.force_login(built.people["operator"], backend="django.contrib.auth.backends.ModelBackend")
    one = built.by_kind["moving"]
    addresses = PAGES | {
        "one wave": f"/console/waves/{built.waves[0].pk}/",
        "one customer": f"/console/customers/{one.reference}/",
    }
    return {name: mid(browser, address) for name, address in addresses.items()}


def mid(browser: Client, address: str) -> float:
    """The middle of several tries, after one that is not counted."""
    taken = []
    for _ in range(TRIES + 1):
        began = time.perf_counter()
        answer = browser.get(address)
        taken.append((time.perf_counter() - began) * 1000)
        if answer.status_code != 200:
            raise RuntimeError(f"{address} answers {answer.status_code}")
    return statistics.median(taken[1:])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--number", type=int)
    parser.add_argument("--populations", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    options = parser.parse_args()
    if options.number:
        print(json.dumps(pages(options.number)))
    else:
        print(json.dumps(measure(tuple(options.populations)), indent=2))


if __name__ == "__main__":
    main()
