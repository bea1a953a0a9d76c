"""Signed papers of one customer: filed by one of our people, looked at and judged by another."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from novation import clock
from novation.console.pages import REFUSALS, act, missing, page, sentence
from novation.console.rights import Right
from novation.console.views.customer import render_customer, see
from novation.domain.errors import BadInput
from novation.moves.models import SignedDocument
from novation.moves.selectors import customer
from novation.moves.services import signed_documents
from novation.notices import services as notices

_ENDINGS = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg"}
#: What is typed, and shown again when it was refused.
_FIELDS = ("kind", "name", "function", "email", "dated", "authority", "language", "wording", "note")


def _paper(reference: str, paper_id: int) -> SignedDocument | None:
    rows = SignedDocument.objects.select_related("document", "move__customer", "move__programme")
    return rows.filter(pk=paper_id, move__reference=reference).first()


@act(Right.WORK)
def upload(request: HttpRequest, reference: str) -> HttpResponse:
    """Files a signed paper; fields `file` and those of `Reading`."""
    move = customer.by_reference(reference)
    if move is None:
        return missing(request, _("There is no customer with this reference"))
    typed = {field: request.POST.get(field, "") for field in _FIELDS}
    file = request.FILES.get("file")
    try:
        if file is None:
            raise BadInput("Choose the file.", where="file")
        # One byte more than may be, so that a large file is never read whole.
        content = file.read(signed_documents.LARGEST + 1)
        read = signed_documents.Reading(
            kind=typed["kind"],
            name=typed["name"],
            function=typed["function"],
            email=typed["email"],
            dated=_day(typed["dated"]),
            authority=typed["authority"] == "yes",
            language=_language(typed["language"]),
            wording=typed["wording"],
            note=typed["note"],
        )
        signed_documents.upload(move=move, content=content, read=read, person=request.user, now=clock.now())
    except REFUSALS as error:
        said = sentence(error)
        return render_customer(request, move, error=said, paper_typed=typed, status=422)
    messages.success(
        request, _("The paper is filed. It binds nothing until a second person has approved it.")
    )
    return see(reference)


def _day(given: str) -> date | None:
    try:
        return date.fromisoformat(given)
    except ValueError:
        return None


def _language(given: str) -> str:
    if given not in dict(settings.LANGUAGES):
        raise BadInput("Choose the language of the paper.", where="language")
    return given


@act(Right.APPROVE)
def approve(request: HttpRequest, reference: str, paper_id: int) -> HttpResponse:
    """A second person approves; field `looked`: SHA-256 of the file that was looked at."""
    paper = _paper(reference, paper_id)
    if paper is None:
        return missing(request, _("There is no such paper of this customer"))
    looked = request.POST.get("looked", "")
    try:
        notices.approve_paper(paper=paper, person=request.user, looked=looked, now=clock.now())
    except REFUSALS as error:
        return render_customer(request, paper.move, error=sentence(error), status=409)
    messages.success(request, _("The decision is recorded, and the receipt is on its way to the customer."))
    return see(reference)


@act(Right.APPROVE)
def refuse(request: HttpRequest, reference: str, paper_id: int) -> HttpResponse:
    """A second person refuses; field `reason`."""
    paper = _paper(reference, paper_id)
    if paper is None:
        return missing(request, _("There is no such paper of this customer"))
    reason = request.POST.get("reason", "")
    try:
        signed_documents.refuse(paper=paper, person=request.user, reason=reason, now=clock.now())
    except BadInput as error:
        return render_customer(request, paper.move, error=sentence(error), status=422)
    except REFUSALS as error:
        return render_customer(request, paper.move, error=sentence(error), status=409)
    messages.success(request, _("The paper is refused. Nothing was decided by it."))
    return see(reference)


@page
def file(request: HttpRequest, reference: str, paper_id: int) -> HttpResponse:
    """The file, byte for byte, as a download: no browser opens it under our address, and nothing in it can run."""
    paper = _paper(reference, paper_id)
    if paper is None or not paper.document.content:
        return missing(request, _("There is no such file, or it has been erased"))
    media = paper.document.media
    answer = HttpResponse(bytes(paper.document.content), content_type=media)
    answer["Content-Disposition"] = (
        f'attachment; filename="{reference}-{paper_id}.{_ENDINGS.get(media, "bin")}"'
    )
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer
