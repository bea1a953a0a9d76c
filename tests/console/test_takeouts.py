"""Many bundles in one file, with a bar that says how far it is, and that says so when it was broken off."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from novation.evidencelog.models import BundleExport
from novation.moves.models import BulkAct
from tests.console.conftest import Browser
from tests.console.portfolio import Portfolio


def text(answer: Any) -> str:
    return str(answer.content.decode())


def begun(operator: Browser, built: Portfolio, *kinds: str) -> tuple[str, BundleExport]:
    references = [built.by_kind[kind].reference for kind in kinds]
    asks = operator.post("/console/evidence/takeouts", {"move": references})["Location"]
    fields = {"digest": BulkAct.objects.get().digest, "reason": "audit"}
    assert operator.post(f"{asks}confirm", fields).status_code == 303
    takeout = BundleExport.objects.get()
    return f"/console/evidence/takeouts/{takeout.pk}/", takeout


def test_the_bar_moves_while_the_file_loads(operator: Browser, built: Portfolio) -> None:
    place, takeout = begun(operator, built, "accept", "told", "declined")
    assert "Not begun yet" in text(operator.get(place))
    loading = iter(operator.post("/console/evidence/bundles", {"takeout": takeout.pk}).streaming_content)  # type: ignore[attr-defined]  # a streamed answer
    content = next(loading) + next(loading)
    page = text(operator.get(place))
    assert "1 of 3" in page
    assert 'hx-trigger="every 2s"' in page
    content += b"".join(loading)
    assert len(zipfile.ZipFile(io.BytesIO(content)).namelist()) == 3
    page = text(operator.get(place))
    assert "All are in the file" in page
    assert "3 of 3" in page
    assert "every 2s" not in page


def test_a_window_that_was_closed_leaves_a_word(operator: Browser, built: Portfolio) -> None:
    place, takeout = begun(operator, built, "accept", "told")
    loading = operator.post("/console/evidence/bundles", {"takeout": takeout.pk})
    next(iter(loading.streaming_content))  # type: ignore[attr-defined]  # a streamed answer
    # Through the client's wrapper, which keeps the end of an answer from closing the test's connection.
    loading._iterator.close()  # type: ignore[attr-defined]  # of a streamed answer
    takeout.refresh_from_db()
    assert takeout.broken
    assert "Broken off" in text(operator.get(place))


def test_nobody_chosen_and_an_unknown_one_are_told(operator: Browser, built: Portfolio) -> None:
    assert "Nobody was selected" in text(operator.post("/console/evidence/takeouts", follow=True))
    assert operator.post("/console/evidence/bundles", {"takeout": "no-id"}).status_code == 404
    unknown = "/console/evidence/takeouts/00000000-0000-4000-8000-000000000000/"
    assert operator.get(unknown).status_code == 404
    everybody = {"all": "yes", "from": "evidence"}
    assert "Export the evidence of 20 customers?" in text(
        operator.post("/console/evidence/takeouts", everybody, follow=True)
    )
