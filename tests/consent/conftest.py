from collections.abc import Iterator
from typing import Any

import pytest

from novation import clock
from tests import telling
from tests.consent.visitor import Visitor


@pytest.fixture
def sink(settings: Any, db: None) -> Iterator[telling.Sink]:
    with telling.mail_server(settings) as sink:
        yield sink


@pytest.fixture
def visitor(sink: telling.Sink) -> Iterator[Visitor]:
    before = clock.clock()
    yield Visitor(sink)
    clock.use_clock(before)
