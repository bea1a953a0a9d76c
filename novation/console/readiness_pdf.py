"""The readiness report on paper: counts, then every customer with its findings, as PDF/UA by typst."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from importlib.resources import files
from typing import Any

import typst
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from novation.console.finding_labels import level_word, title
from novation.moves.selectors.readiness import Report, Row

#: Customers on paper; more are cut off, and the report says so.
MOST = 2_000


def render(name: str, whose: str, report: Report, rows: Sequence[Row], *, now: datetime) -> bytes:
    """The report as a file; the same facts and moment give the same bytes.

    Args:
        name: of the wave or the programme.
        whose: both accounts, as a reader would say it.
        report: the counts.
        rows: customers with findings, as far as they are wanted.
        now: programme time.
    """
    stamp = date_format(timezone.localtime(now), "j F Y, H:i")
    data: dict[str, Any] = {
        "title": _("Readiness: {name}").format(name=name),
        "whose": whose,
        "made": _("As known on {stamp}").format(stamp=stamp),
        "date": [now.year, now.month, now.day],
        "sums": [
            [f"{report.customers:,}", _("customers")],
            [f"{report.blocked:,}", _("with a blocker")],
            [f"{report.warned:,}", _("with warnings")],
            [f"{report.clean:,}", _("in order")],
            [f"{report.unread:,}", _("not read yet")],
        ],
        "heads": [_("Weight"), _("Finding"), _("Customers"), _("Seats")],
        "counts": [
            [level_word(one.level), title(one.code), f"{one.customers:,}", f"{one.seats:,}"]
            for one in report.counts
        ],
        "list": _("Customers and findings"),
        "rows": [
            {
                "name": row.move.customer.name,
                "about": " · ".join(
                    part
                    for part in (
                        row.move.reference,
                        row.move.customer.domain,
                        str(row.move.wave or ""),
                        _("{number} seats").format(number=f"{row.move.seat_count:,}"),
                    )
                    if part
                ),
                "findings": [
                    {
                        "level": level_word(one.get("level", "")),
                        "heavy": one.get("level") == "blocker",
                        "cause": one.get("cause", ""),
                        "rest": " ".join(filter(None, (one.get("consequence"), one.get("remedy")))),
                    }
                    for one in row.findings
                ],
            }
            for row in rows[:MOST]
        ],
        "cut": _("Only the first {number} are printed; the CSV file has all of them.").format(
            number=f"{MOST:,}"
        )
        if len(rows) > MOST
        else "",
        "none": _("Nothing was found."),
        "page": _("Page"),
    }
    template = (files("novation.console") / "readiness.typ").read_bytes()
    made = typst.compile(
        template,
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        pdf_standards="ua-1",
        timestamp=now.replace(microsecond=0),
    )
    if not isinstance(made, bytes):
        raise TypeError("The report could not be set as one file.")
    return made
