"""Every test here works on the database, at a clock that stands still."""

from collections.abc import Iterator

import pytest

from novation import clock
from novation.clock import FixedClock
from tests.builders import NOW


@pytest.fixture(autouse=True)
def still(db: None) -> Iterator[FixedClock]:
    """The clock of the process, standing at `builders.NOW`."""
    standing = FixedClock(NOW)
    before = clock.use_clock(standing)
    yield standing
    clock.use_clock(before)
