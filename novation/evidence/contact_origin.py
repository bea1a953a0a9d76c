"""Where a contact came from, as an event about it tells: never who it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from novation.evidence.canonical import utc_text
from novation.evidence.verifier.forms import parse_time
from novation.evidence.wording import words_for


@dataclass(frozen=True, slots=True)
class ContactOrigin:
    """Who put a contact on file, and who approved it.

    added_by: who added it or changed its address last: `import`, `operator:7`, `customer`, `api:<client>` …
    added_at: aware time of that. source: what it was taken from, such as `list:<sha256>` or `billing-profile`.
    approved_by, approved_at: the second person, never the same; empty and None while nobody did.
    """

    added_by: str
    added_at: datetime
    source: str = ""
    approved_by: str = ""
    approved_at: datetime | None = None

    def as_data(self) -> dict[str, str]:
        """The value of `data["contact_origin"]`; what is not known is left out."""
        data = {"added_at": utc_text(self.added_at), "added_by": self.added_by}
        if self.source:
            data["source"] = self.source
        if self.approved_by:
            data["approved_by"] = self.approved_by
        if self.approved_at is not None:
            data["approved_at"] = utc_text(self.approved_at)
        return data


def certificate_line(
    language: str, data: Mapping[str, str] | None, day: Callable[[datetime], str]
) -> tuple[str, str]:
    """Label and value of the line about a contact on the certificate, in the customer's language.

    data: what `as_data` gave; None when the entry has none. day: how a reader writes a date.
    """
    _, words = words_for(language)
    if data is None:
        return words["contact"], words["contact_unknown"]
    kind, _, number = data["added_by"].partition(":")
    how = words.get(f"contact_{kind}", words["contact_other"]).format(who=data["added_by"], number=number)
    approved = words["contact_approved" if "approved_by" in data else "contact_not_approved"]
    return words["contact"], f"{how}, {day(parse_time(data['added_at']))}; {approved}"
