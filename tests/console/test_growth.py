"""No page's work in the database grows faster than the number of customers.

SQLite counts its own steps, so that the answer does not depend on the machine.
"""

import pytest
from django.db import connection

from tests.console.conftest import Browser
from tests.console.multiplied import multiply
from tests.console.portfolio import Portfolio

#: SQLite reports after so many steps of its virtual machine.
EACH = 1_000
PAGES = (
    "",
    "customers/",
    "customers/?q=gro%C3%9F",
    "customers/?show=renews",
    "customers/?show=unknown",
    "customers/?show=needs-you",
    "customers/?sort=-transfer",
    "tasks/",
    "tasks/?show=free",
    "tasks/?show=approval",
    "waves/",
    "readiness/",
    "findings/",
    "evidence/",
    "evidence/retention/",
    "mail/",
    "way/",
    "way/?forecast=1",
)


def steps(operator: Browser, page: str) -> int:
    """Steps of SQLite for one page, in thousands."""
    count = 0

    def one() -> None:
        nonlocal count
        count += 1

    connection.connection.set_progress_handler(one, EACH)
    try:
        assert operator.get(f"/console/{page}").status_code == 200
    finally:
        connection.connection.set_progress_handler(None, 0)
    return count


def test_four_times_the_customers_are_four_times_the_work_at_most(
    operator: Browser, built: Portfolio
) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL does not count its steps; it is given the same questions")
    pages = (*PAGES, f"waves/{built.waves[0].pk}/")
    multiply(built.moves, 9)  # 200 customers
    small = {page: steps(operator, page) for page in pages}
    multiply(built.moves, 30)  # 800
    large = {page: steps(operator, page) for page in pages}
    grown = {page: large[page] / max(small[page], 1) for page in pages if large[page] > 20}
    # Sorting costs a little more for each row; a row asked for once for every other row would make it sixteen.
    assert {page: times for page, times in grown.items() if times > 6} == {}
    assert grown, "nothing was counted"
