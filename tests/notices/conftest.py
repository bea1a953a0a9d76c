from collections.abc import Iterator
from typing import Any

import pytest

from tests import telling


@pytest.fixture
def sink(settings: Any, db: None) -> Iterator[telling.Sink]:
    with telling.mail_server(settings) as sink:
        yield sink
