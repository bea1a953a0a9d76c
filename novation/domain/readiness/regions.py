"""In which markets one partner account may sell (page csp-regional-authorization).

Microsoft sells through partners by region: an account in one country of a region may serve customers in all
of it, and nobody outside (moving-customers section 1.4). The lists are as generally known, not read from the page:
the policy setting `region` names one of them, or lists countries itself, and an empty one checks nothing.
"""

from __future__ import annotations

from novation.domain.errors import BadInput

_EUROPE = (
    "AD AT BE BG CH CY CZ DE DK EE ES FI FO FR GB GI GL GR HR HU IE IM IS IT JE GG LI LT LU LV MC MT NL NO PL "
    "PT RO SE SI SK SM VA"
)

#: Region by name. Single-country regions are those of which S45 (2018) counts ten.
REGIONS: dict[str, frozenset[str]] = {
    "europe": frozenset(_EUROPE.split()),
    "united-states": frozenset({"US", "PR", "VI", "GU", "AS", "MP"}),
    "canada": frozenset({"CA"}),
    "australia": frozenset({"AU", "NZ"}),
    "japan": frozenset({"JP"}),
    "south-korea": frozenset({"KR"}),
    "india": frozenset({"IN"}),
    "china": frozenset({"CN"}),
    "taiwan": frozenset({"TW"}),
    "brazil": frozenset({"BR"}),
}


def countries(region: str) -> frozenset[str] | None:
    """The countries of the policy setting `region`; None when it is empty, so that nothing is checked.

    Args:
        region: a name of REGIONS, or ISO 3166-1 alpha-2 codes separated by commas.

    Raises:
        BadInput: neither a known region nor country codes.
    """
    name = region.strip().lower()
    if not name:
        return None
    if name in REGIONS:
        return REGIONS[name]
    codes = [part.strip().upper() for part in region.split(",")]
    if not all(len(code) == 2 and code.isalpha() and code.isascii() for code in codes):
        raise BadInput(
            f"There is no region {region!r}.",
            remedy=f"Name one of {', '.join(REGIONS)}, or list countries like AT,CH,DE.",
        )
    return frozenset(codes)
