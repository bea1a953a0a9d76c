"""The advice on the programme's way, on the terminal."""

from __future__ import annotations

from novation.domain.transfer_options import Fit, advise
from novation.moves.models import Programme
from novation.moves.selectors import transfer_options

_WORDS = {Fit.USE: "USE", Fit.ASK: "ASK", Fit.REST: "FOR THE REST", Fit.NO: "NO"}


def lines(programme: Programme, *, questions: bool = False) -> list[str]:
    """Ways that are worth a thought, and the life of the old account; with `questions` what to ask Microsoft."""
    known = transfer_options.situation(programme)
    advice = advise(known)
    out = [
        f"Way {one.letter} ({_WORDS[one.fit]}): {one.name}. {one.why}"
        for one in advice.ways
        if one.fit is not Fit.NO
    ]
    if known.customers == known.unread:
        out.append("Until when the old account must live is not known: no customer has been read yet.")
    else:
        until = f"{advice.until.day} {advice.until:%B %Y}" if advice.until else "the last transfer"
        out.append(f"The old account must live until {until}. {' '.join(advice.until_why)}")
    if questions:
        out += ["Ask Microsoft before you start:", *(f"  - {question}" for question in advice.questions)]
    return out
