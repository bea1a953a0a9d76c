"""Evidence taken out: the proof of one entry, and the bundles of many customers in one file."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator
from io import RawIOBase
from pathlib import Path

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext as _

from novation import clock
from novation.console.pages import act, missing, page, show
from novation.console.rights import Right
from novation.moves import bundles
from novation.moves.models import Move
from novation.moves.selectors import proofs
from novation.moves.services import stamps


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
    return show(request, "console/proof.html", {"proof": found})


@act(Right.EXPORT)
def many(request: HttpRequest) -> HttpResponseBase:
    """The bundles of the chosen customers (`move`, repeated) or of `all`, in one ZIP that grows as they are made."""
    moves = Move.objects.select_related("customer", "programme").order_by("reference")
    if not request.POST.get("all"):
        moves = moves.filter(reference__in=request.POST.getlist("move"))
    chosen = list(moves)
    if not chosen:
        return missing(request, _("No customer was chosen"))
    now = clock.now()
    answer = StreamingHttpResponse(
        _streamed(chosen, f"operator:{request.user.pk}"), content_type="application/zip"
    )
    answer["Content-Disposition"] = f'attachment; filename="evidence-{now:%Y-%m-%d}.zip"'
    # What the browser shows while it loads is how far it has come.
    answer["X-Bundles"] = str(len(chosen))
    return answer


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


def _streamed(moves: list[Move], actor: str) -> Iterator[bytes]:
    pipe = _Pipe()
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as out:
        made = bundles.export(
            moves, Path(folder), now=clock.now(), certify=True, actor=actor, stamp=stamps.wait
        )
        for path in made:
            out.write(path, path.name)
            path.unlink()
            yield pipe.taken()
        out.close()
        yield pipe.taken()
