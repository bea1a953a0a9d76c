"""Mail: whether ours is believed and answered, test mails, and what needs a person to look at it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from novation import clock
from novation.console.pages import REFUSALS, act, missing, page, redirect, sentence, show
from novation.console.rights import Right
from novation.domain import states
from novation.domain.errors import BadInput
from novation.moves.models import Programme, Wave
from novation.moves.selectors import home
from novation.notices import preflight
from novation.notices.models import InboundMail, MailCheck, Notice, PostalLetter, TestMail
from novation.notices.services import postal_letters, test_mails

#: Rows of each list; the numbers are always those of all.
MOST = 50


@page
def index(request: HttpRequest) -> HttpResponse:
    """The set-up, test mails, and mails of which nobody can say, or which nobody could place."""
    programme = home.programme()
    if programme is None:
        return show(request, "console/begin.html", {})
    return render_mail(request, programme)


def render_mail(
    request: HttpRequest, programme: Programme, *, error: str = "", status: int = 200
) -> HttpResponse:
    """Renders the page, with the reason when an act was refused."""
    now = clock.now()
    notices = Notice.objects.filter(move__programme=programme).select_related("move__customer", "contact")
    uncertain = notices.filter(state=Notice.State.UNCERTAIN).order_by("-id")
    failed = notices.filter(state=Notice.State.FAILED).order_by("-id")
    unplaced = InboundMail.objects.filter(move=None, handled_at=None).defer("raw")
    return show(
        request,
        "console/mail.html",
        {
            "programme": programme,
            "error": error,
            "trial": preflight.trial(programme),
            "findings": preflight.standing(programme, now=now),
            "looked": MailCheck.objects.first(),
            "way": settings.NOVATION_MAIL,
            "rate": settings.NOVATION_MAIL_RATE,
            "daily": settings.NOVATION_MAIL_DAILY,
            "last_day": notices.filter(claimed_at__gt=now - timedelta(days=1)).count(),
            "languages": settings.LANGUAGES,
            "tests": list(TestMail.objects.select_related("asked_by", "seen_by", "move")[:10]),
            "letters": list(
                PostalLetter.objects.filter(posted_at=None).select_related("move__customer")[:MOST]
            ),
            "no_mail": list(
                programme.moves.filter(notice_state__in=states.UNDELIVERED)
                .exclude(letters__posted_at=None, letters__isnull=False)
                .select_related("customer")
                .order_by("customer__name")[:MOST]
            ),
            "unplaced": list(unplaced[:MOST]),
            "unplaced_number": unplaced.count(),
            "uncertain": list(uncertain[:MOST]),
            "uncertain_number": uncertain.count(),
            "failed": list(failed[:MOST]),
            "failed_number": failed.count(),
        },
        status=status,
    )


def _do(request: HttpRequest, deed: Callable[[Programme, datetime], str]) -> HttpResponse:
    programme = home.programme()
    if programme is None:
        return missing(request, _("There is no programme yet"))
    try:
        said = deed(programme, clock.now())
    except REFUSALS as error:
        return render_mail(request, programme, error=sentence(error), status=409)
    messages.success(request, said)
    return redirect("console:mail")


@act(Right.STEER)
def check(request: HttpRequest) -> HttpResponse:
    """Looks at the set-up now; names are looked up, so it takes some seconds."""

    def deed(programme: Programme, now: datetime) -> str:
        found = [one for one in preflight.check(programme, now=now) if not one.warning]
        if not found:
            return _("Looked at everything: nothing is wrong.")
        return _("Looked at everything: {number} things are wrong.").format(number=len(found))

    return _do(request, deed)


@act(Right.STEER)
def test(request: HttpRequest) -> HttpResponse:
    """Sends the announcement to the person's own address, with the facts of a customer; field `language`."""

    def deed(programme: Programme, now: datetime) -> str:
        first = programme.moves.filter(wave__state=Wave.State.DRAFT).order_by("wave__number", "id").first()
        move = first or programme.moves.order_by("id").first()
        if move is None:
            return _("There are no customers yet, so there is nothing to show.")
        one = test_mails.ask(move, person=request.user, language=request.POST.get("language", "en"), now=now)
        return _("On its way to {address}. Reload this page in a moment.").format(address=one.to)

    return _do(request, deed)


@act(Right.STEER)
def seen(request: HttpRequest, pk: int) -> HttpResponse:
    """The person has seen the test mail and it is right."""

    def deed(programme: Programme, now: datetime) -> str:
        test_mails.seen(pk, person=request.user, now=now)
        return _("Noted: the test mail arrived and is right.")

    return _do(request, deed)


@act(Right.WORK)
def handled(request: HttpRequest, pk: int) -> HttpResponse:
    """A person has read a mail that nobody could place, and dealt with it."""

    def deed(programme: Programme, now: datetime) -> str:
        InboundMail.objects.filter(pk=pk, move=None, handled_at=None).update(handled_at=now, raw=None)
        return _("Taken off the list.")

    return _do(request, deed)


@page
def unreadable(request: HttpRequest, pk: int) -> HttpResponse:
    """A mail that could not be read, byte for byte, as a download: nothing in it can run under our address."""
    raw = InboundMail.objects.filter(pk=pk).values_list("raw", flat=True).first()
    if raw is None:
        return missing(request, _("There is no such mail, or somebody has dealt with it"))
    answer = HttpResponse(bytes(raw), content_type="application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="mail-{pk}.eml"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer


@act(Right.WORK)
def letter(request: HttpRequest) -> HttpResponse:
    """Sets a letter on paper; fields `reference`, `name`, `address`."""

    def deed(programme: Programme, now: datetime) -> str:
        reference = request.POST.get("reference", "").strip().upper()
        move = programme.moves.filter(reference=reference).first()
        if move is None:
            raise BadInput(_("No customer has this reference."), where="reference")
        name, address = request.POST.get("name", ""), request.POST.get("address", "")
        postal_letters.make(move, name=name, address=address, person=request.user, now=now)
        return _("The letter is ready: print it, post it, then say so.")

    return _do(request, deed)


@page
def letter_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The letter, to be printed."""
    found = PostalLetter.objects.select_related("document", "move").filter(pk=pk).first()
    if found is None:
        return missing(request, _("There is no such letter"))
    answer = HttpResponse(bytes(found.document.content), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="letter-{found.move.reference}.pdf"'
    return answer


@act(Right.WORK)
def letter_posted(request: HttpRequest, pk: int) -> HttpResponse:
    """The letter was posted."""

    def deed(programme: Programme, now: datetime) -> str:
        postal_letters.posted(pk, person=request.user, now=now)
        return _("Noted: the letter is on its way, and the customer counts as informed.")

    return _do(request, deed)
