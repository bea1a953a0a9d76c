"""Texts: which hold, an editor with what is wrong beside it, and a preview with a real customer's facts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from csp.decorators import csp_replace
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin

from novation import clock
from novation.console import labels
from novation.console.pages import REFUSALS, act, missing, page, redirect, sentence, show
from novation.console.rights import Right
from novation.domain.errors import BadInput
from novation.moves.models import Move, Programme
from novation.moves.selectors import home
from novation.notices import texts, wording_rules
from novation.notices.models import Text
from novation.notices.placeholders import NAMES
from novation.notices.samples import sample_facts
from novation.notices.services import wording
from novation.notices.wording_rules import FACTS, NEEDED

#: The policy of the preview: a mail's own colours, nothing from elsewhere, and only in a frame of ours.
PREVIEW = {
    **{
        name: ["'none'"]
        for name in (
            "default-src",
            "script-src",
            "connect-src",
            "img-src",
            "font-src",
            "form-action",
            "frame-src",
        )
    },
    "style-src": ["'unsafe-inline'"],
    "frame-ancestors": ["'self'"],
}


@page
def index(request: HttpRequest) -> HttpResponse:
    """Every text in every language: the delivered one, or which version of our own, and drafts."""
    programme = home.programme()
    if programme is None:
        return show(request, "console/begin.html", {})
    delivered = dict(settings.LANGUAGES)
    own = {(text.purpose, text.language, text.version): text for text in programme.texts.all()}
    languages = [*delivered, *sorted({language for _p, language, _v in own} - set(delivered))]
    rows = []
    for purpose in NEEDED:
        cells = []
        for language in languages:
            text = wording.current(programme, purpose, language)
            cells.append((language, text, (str(purpose), language, None) in own, language in delivered))
        rows.append((str(purpose), labels.purpose(str(purpose)), cells))
    heads = [(code, delivered.get(code, code)) for code in languages]
    return show(request, "console/texts.html", {"programme": programme, "rows": rows, "heads": heads})


@page
def detail(request: HttpRequest, purpose: str, language: str) -> HttpResponse:
    """One text: the draft, or the one that holds, to be edited."""
    programme = home.programme()
    if programme is None or purpose not in NEEDED or not wording.LANGUAGE.fullmatch(language):
        return missing(request, _("There is no such text"))
    return render_text(request, programme, purpose, language)


def render_text(
    request: HttpRequest,
    programme: Programme,
    purpose: str,
    language: str,
    *,
    error: str = "",
    typed: str | None = None,
    status: int = 200,
) -> HttpResponse:
    """Renders the editor; what was typed stays when it was refused."""
    source, draft = _source(programme, purpose, language)
    source = typed if typed is not None else source
    move = _example(programme, request.GET.get("reference", "") or request.POST.get("reference", ""))
    plain = ""
    if move is not None:
        try:
            facts = sample_facts(move, clock.now())
            plain = texts.render(purpose, facts, language, source).text
        except ValueError:
            plain = ""
    return show(
        request,
        "console/text.html",
        {
            "programme": programme,
            "error": error,
            "purpose": purpose,
            "title": labels.purpose(purpose),
            "tongue": language,  # `language` is that of the page itself
            "source": source,
            "draft": draft,
            "current": wording.current(programme, purpose, language),
            "delivered": language in dict(settings.LANGUAGES),
            "faults": wording_rules.faults(purpose, source, same_entity=programme.same_entity),
            "versions": programme.texts.filter(purpose=purpose, language=language).exclude(version=None),
            "placeholders": [(f"{{{name}}}", meaning) for name, meaning in NAMES.items()],
            "marks": [
                (f"@{mark}", meaning)
                for mark, meaning in FACTS.items()
                if mark in NEEDED[purpose]  # type: ignore[index]  # StrEnum
            ],
            "move": move,
            "plain": plain,
        },
        status=status,
    )


def _source(programme: Programme, purpose: str, language: str) -> tuple[str, Text | None]:
    draft = programme.texts.filter(purpose=purpose, language=language, version=None).first()
    text = draft or wording.current(programme, purpose, language)
    if text is not None:
        return text.source, draft
    return wording.delivered(purpose, language, same_entity=programme.same_entity), None


def _example(programme: Programme, reference: str) -> Move | None:
    moves = programme.moves.select_related("customer", "programme__source", "programme__target")
    return moves.filter(reference=reference.strip().upper()).first() or moves.order_by("id").first()


# The preview is a mail: it carries its colours inside, as mail readers want it, and stands in a frame of ours.
@page
@xframe_options_sameorigin
@csp_replace(PREVIEW)  # type: ignore[arg-type]  # django-csp's annotation knows no arguments of an address
def preview(request: HttpRequest, purpose: str, language: str) -> HttpResponse:
    """The HTML part of the kept text, with the facts of the customer in `reference`. Its link opens nothing."""
    programme = home.programme()
    if programme is None or purpose not in NEEDED or not wording.LANGUAGE.fullmatch(language):
        return missing(request, _("There is no such text"))
    move = _example(programme, request.GET.get("reference", ""))
    if move is None:
        return missing(request, _("There are no customers yet"))
    facts = sample_facts(move, clock.now())
    source, _draft = _source(programme, purpose, language)
    try:
        letter = texts.render(purpose, facts, language, source)
    except ValueError:
        return HttpResponse(
            _("The text needs a subject and a body."), content_type="text/plain; charset=utf-8"
        )
    return HttpResponse(texts.as_html(letter, facts, language))


def _do(
    request: HttpRequest, purpose: str, language: str, deed: Callable[[Programme, dict[str, Any]], str]
) -> HttpResponse:
    programme = home.programme()
    if programme is None or purpose not in NEEDED:
        return missing(request, _("There is no such text"))
    now: datetime = clock.now()
    typed = request.POST.get("source")
    try:
        said = deed(programme, {"actor": f"operator:{request.user.pk}", "now": now})
    except REFUSALS as error:
        if not wording.LANGUAGE.fullmatch(language):
            return missing(request, sentence(error))
        return render_text(
            request, programme, purpose, language, error=sentence(error), typed=typed, status=422
        )
    messages.success(request, said)
    reference = request.POST.get("reference", "")
    place = reverse("console:text", args=[purpose, language])
    return redirect(f"{place}?reference={reference}" if reference.isascii() and reference else place)


@act(Right.STEER)
def save(request: HttpRequest, purpose: str, language: str) -> HttpResponse:
    """Keeps the draft, with all that is wrong with it; field `source`."""

    def deed(programme: Programme, who: dict[str, Any]) -> str:
        wording.save_draft(programme, purpose, language, request.POST.get("source", ""), **who)
        return _("Draft kept. Nobody gets it before it is published.")

    return _do(request, purpose, language, deed)


@act(Right.APPROVE)
def publish(request: HttpRequest, purpose: str, language: str) -> HttpResponse:
    """Makes the draft the next version; by somebody with the right to approve."""

    def deed(programme: Programme, who: dict[str, Any]) -> str:
        text = wording.publish(programme, purpose, language, **who)
        return _("Version {version} holds from now on. Send a test mail before the next launch.").format(
            version=text.version
        )

    return _do(request, purpose, language, deed)


@act(Right.APPROVE)
def withdraw(request: HttpRequest, purpose: str, language: str) -> HttpResponse:
    """Goes back to the delivered text."""

    def deed(programme: Programme, who: dict[str, Any]) -> str:
        wording.withdraw(programme, purpose, language, **who)
        return _("The delivered text holds again.")

    return _do(request, purpose, language, deed)


@act(Right.STEER)
def add_language(request: HttpRequest) -> HttpResponse:
    """Begins an announcement in another language, from the English text; field `language`."""
    language = request.POST.get("language", "").strip().lower()

    def deed(programme: Programme, who: dict[str, Any]) -> str:
        if language in dict(settings.LANGUAGES):
            raise BadInput(_("We have texts in this language already."))
        english = wording.delivered("announcement", "en", same_entity=programme.same_entity)
        wording.save_draft(programme, "announcement", language, english, **who)
        return _("Translate the text below; it is English still.")

    return _do(request, "announcement", language, deed)
