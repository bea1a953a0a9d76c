"""Texts of the programme's own: drafted, published as versions that never change, withdrawn."""

from __future__ import annotations

import re
from datetime import datetime

from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from novation.domain.errors import BadInput
from novation.evidence.tags import Tag
from novation.evidencelog.services import events
from novation.moves.models import Programme
from novation.notices.models import Text
from novation.notices.placeholders import NAMES
from novation.notices.purposes import Purpose, rule
from novation.notices.wording_rules import NEEDED, faults
from novation.prepared_queries import Prepared

LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z]{2,4})?")


def current(programme: Programme, purpose: str, language: str) -> Text | None:
    """The newest published text of the programme's own; None when the delivered one holds."""
    newest = _PUBLISHED.first(programme.pk, str(purpose), language)
    return newest if newest is not None and newest.withdrawn_at is None else None


_PUBLISHED = Prepared(
    lambda programme, purpose, language: (
        Text.objects.filter(programme_id=programme, purpose=purpose, language=language)
        .exclude(version=None)
        .order_by("-version")[:1]
    )
)


def delivered(purpose: str, language: str, *, same_entity: bool) -> str:
    """The delivered text as one to begin with: the same words, with placeholders for the facts."""
    context: dict[str, object] = {name: mark_safe(f"{{{name}}}") for name in NAMES}  # noqa: S308 (our own names)
    number = int(purpose[-1]) if purpose.startswith("reminder") else 0
    context |= {"same_entity": same_entity, "number": number, "purpose": purpose}
    context |= {name: mark_safe(f"{{{name}}}") for name in ("signer", "address")}  # noqa: S308 (our own names)
    with translation.override(language):
        source = render_to_string(f"notices/{rule(purpose).template}.txt", context)
        hello = render_to_string("notices/_hello.txt", context).strip()
    text = str(source).replace(str(hello), "{hello}")
    text = text.replace("{signer}, {sender}", "{signature}").replace("{sender}, {address}", "{imprint}")
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


@transaction.atomic
def save_draft(
    programme: Programme, purpose: str, language: str, source: str, *, actor: str, now: datetime
) -> Text:
    """Keeps a draft, whatever is wrong with it. Nobody gets it before it is published.

    Raises:
        BadInput: the purpose has no text that could be replaced, or the language is no code.
    """
    if purpose not in NEEDED:
        raise BadInput(_("This text cannot be replaced."), where="purpose")
    if not LANGUAGE.fullmatch(language):
        raise BadInput(_("A language is written like pl or pt-br."), where="language")
    if len(source) > 20_000:
        raise BadInput(_("The text is longer than 20,000 characters."), where="source")
    source = source.replace("\r\n", "\n").strip() + "\n"
    draft, _new = Text.objects.update_or_create(
        programme=programme, purpose=purpose, language=language, version=None,
        defaults={"source": source, "changed_at": now, "changed_by": actor},
    )  # fmt: skip
    return draft


@transaction.atomic
def publish(programme: Programme, purpose: str, language: str, *, actor: str, now: datetime) -> Text:
    """Makes the draft the next version: from now on mails of this purpose and language say it.

    Raises:
        BadInput: there is no draft, or something is wrong with it; every fault in one sentence.
    """
    mine = Text.objects.select_for_update().filter(programme=programme, purpose=purpose, language=language)
    draft = mine.filter(version=None).first()
    if draft is None:
        raise BadInput(_("There is no draft to publish."))
    wrong = [
        one.sentence
        for one in faults(purpose, draft.source, same_entity=programme.same_entity)
        if not one.warning
    ]
    if wrong:
        raise BadInput(" ".join(wrong), where="source")
    last = mine.exclude(version=None).order_by("-version").values_list("version", flat=True).first()
    draft.version, draft.published_at = (last or 0) + 1, now
    draft.save(update_fields=["version", "published_at"])
    document = events.store("text", "text/plain; charset=utf-8", draft.source.encode(), at=now)
    data = {"purpose": purpose, "language": language, "version": draft.version}
    events.record(Tag.TEXT_CHANGED, at=now, actor=actor, data=data, documents=[document])
    return draft


@transaction.atomic
def withdraw(programme: Programme, purpose: str, language: str, *, actor: str, now: datetime) -> None:
    """Goes back to the delivered text. Versions stay, since mails were sent with them.

    Raises:
        BadInput: the delivered text holds already, or there is none in this language.
    """
    text = current(programme, purpose, language)
    if text is None:
        raise BadInput(_("The delivered text holds already."))
    if not Text.objects.filter(pk=text.pk, withdrawn_at=None).update(withdrawn_at=now):
        raise BadInput(_("The delivered text holds already."))
    data = {"purpose": purpose, "language": language, "version": 0}
    events.record(Tag.TEXT_CHANGED, at=now, actor=actor, data=data)


def languages_of(programme: Programme) -> list[str]:
    """Languages that the programme has brought along with an announcement of its own."""
    found = Text.objects.filter(programme=programme, purpose=Purpose.ANNOUNCEMENT, withdrawn_at=None)
    return sorted(set(found.exclude(version=None).values_list("language", flat=True)))
