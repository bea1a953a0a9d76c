"""Which partner accounts the programmes of this installation use."""

from __future__ import annotations

from novation.moves.models import Programme


def account_slugs() -> list[str]:
    """Slugs of the accounts of every programme that has not finished; the usual two while there is none."""
    programmes = Programme.objects.exclude(state=Programme.State.FINISHED).select_related("source", "target")
    found = {one.slug: None for programme in programmes for one in (programme.source, programme.target)}
    return list(found) or ["source", "target"]
