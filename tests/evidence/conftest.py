"""The sample log and its bundle, made once."""

import pytest

from tests.evidence.sample_log import SampleLog, sample_log


@pytest.fixture
def log() -> SampleLog:
    """A log of two customers that the test may change."""
    return sample_log()


@pytest.fixture(scope="session")
def bundle() -> bytes:
    """The bundle of the first customer of the sample log."""
    return sample_log().bundle()
