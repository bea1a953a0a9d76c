"""Graph's words for delegated admin relationships, sorted once."""

from dataclasses import dataclass

from novation.domain import gdap
from novation.partnercenter.gdap import GdapStatus


@dataclass
class Row:
    status: str


def test_every_word_of_graph_is_in_one_group() -> None:
    words = {str(word) for word in GdapStatus}
    groups = (gdap.OPEN, gdap.ON_ITS_WAY, gdap.ACTIVE, gdap.OVER)
    assert words <= frozenset().union(*groups)
    assert sum(map(len, groups)) == len(frozenset().union(*groups))


def test_what_gives_rights_matters_more_than_what_is_newer() -> None:
    active, coming, waiting = Row("active"), Row("approved"), Row("approvalPending")
    assert gdap.most_alive([active, coming, waiting]) is active
    assert gdap.most_alive([coming, waiting]) is coming
    assert gdap.most_alive([Row("terminated"), waiting]) is waiting
    assert gdap.most_alive([]) is None
