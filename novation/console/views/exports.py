"""Evidence taken out: the proof of one entry, and the bundles of many customers in one file."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from io import RawIOBase
from pathlib import Path
from uuid import UUID

from django.db.models import QuerySet
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.utils.translation import gettext as _

from novation import clock
from novation.console.pages import act, missing, page, show
from novation.console.rights import Right
from novation.customers.selectors import customer_names
from novation.evidencelog.models import BundleExport
from novation.evidencelog.selectors import proofs
from novation.evidencelog.services import exports, timestamps
from novation.moves import bundles
from novation.moves.models import Move


@page
def proof(request: HttpRequest, seq: int) -> HttpResponse:
    """How one entry of the log is proven, computed anew; `?file=1` gives the proof as bundles carry it."""
    found = proofs.proof_of(seq)
    if found is None:
        return missing(request, _("There is no such entry"))
    if request.GET.get("file") and found.file:
        answer = HttpResponse(found.file, content_type="text/plain; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{seq:09d}.tlog-proof"'
        return answer
    return show(
        request,
        "console/proof.html",
        {"proof": found, "customer": customer_names([found.event.customer_id]).get(found.event.customer_id)},
    )


@page
def progress(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One taking-out: its button, and a bar that moves while the file loads."""
    found = exports.by_id(pk)
    if found is None:
        return missing(request, _("There is no such export"))
    width = round(100 * found.done / found.total, 1)
    return show(request, "console/takeout.html", {"takeout": found, "width": f"{width}%"})


@act(Right.EXPORT)
def many(request: HttpRequest) -> HttpResponseBase:
    """The bundles of the chosen customers in one ZIP that grows as they are made.

    They are named by `takeout`, or by `move` (repeated), or they are `all`.
    """
    takeout = exports.by_id(request.POST.get("takeout", ""))
    if takeout is not None:
        moves = _moves(takeout.references)
    else:
        named = request.POST.getlist("move")
        moves = _moves([]) if request.POST.get("all") else _moves(named) if named else Move.objects.none()
    chosen = list(moves)
    if not chosen:
        return missing(request, _("No customer was chosen"))
    now = clock.now()
    answer = StreamingHttpResponse(
        _streamed(chosen, f"operator:{request.user.pk}", takeout), content_type="application/zip"
    )
    answer["Content-Disposition"] = f'attachment; filename="evidence-{now:%Y-%m-%d}.zip"'
    answer["X-Bundles"] = str(len(chosen))
    return answer


def _moves(references: Sequence[str]) -> QuerySet[Move]:
    """Those of these references; of no reference: all."""
    moves = Move.objects.select_related("customer", "programme").order_by("reference")
    return moves.filter(reference__in=references) if references else moves


class _Pipe(RawIOBase):
    """What the ZIP writer wrote since it was last looked at."""

    def __init__(self) -> None:
        self.waiting = b""

    def writable(self) -> bool:
        return True

    def write(self, given: object) -> int:
        piece = bytes(given)  # type: ignore[call-overload]  # any buffer, as RawIOBase says
        self.waiting += piece
        return len(piece)

    def taken(self) -> bytes:
        piece, self.waiting = self.waiting, b""
        return piece


def _streamed(moves: list[Move], actor: str, takeout: BundleExport | None) -> Iterator[bytes]:
    if takeout is None:
        yield from _zipped(moves, actor)
        return
    told = exports.Progress(takeout, total=len(moves), clock=clock.now)
    try:
        for piece in _zipped(moves, actor):
            yield piece
            told.one_more()
    finally:
        # Also when the browser has gone away in the middle.
        told.end()


def _zipped(moves: list[Move], actor: str) -> Iterator[bytes]:
    """One piece for each bundle, and the end of the ZIP."""
    pipe = _Pipe()
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as out:
        made = bundles.export(
            moves, Path(folder), now=clock.now(), certify=True, actor=actor, stamp=timestamps.wait
        )
        for path in made:
            out.write(path, path.name)
            path.unlink()
            yield pipe.taken()
        out.close()
        yield pipe.taken()
