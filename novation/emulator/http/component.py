"""The agreement component: the page on which the customer's signatory accepts (§5.3).

It may be embedded (no X-Frame-Options) and needs no sign-in, as vendors report of the real one.
The layout and the address are assumptions; that a person has to press the button is not.
"""

from __future__ import annotations

import html
from urllib.parse import parse_qs

from novation.emulator import customer_actions
from novation.emulator.http.calls import Answer, Call
from novation.emulator.http.pages import definition_list, page
from novation.emulator.http.routes import route
from novation.emulator.refusals import Illegal

_STAND_IN = {
    "en": "This text stands for the agreement. The emulator does not carry Microsoft's document.",
    "de": "Dieser Text steht für die Vereinbarung. Der Emulator enthält das Dokument von Microsoft nicht.",
    "fr": "Ce texte remplace le contrat. L’émulateur ne contient pas le document de Microsoft.",
    "es": "Este texto representa el contrato. El emulador no contiene el documento de Microsoft.",
    "cs": "Tento text zastupuje smlouvu. Emulátor dokument společnosti Microsoft neobsahuje.",
}
_WORDS = {
    "en": ("Microsoft Customer Agreement", "Accept agreement", "Do not accept", "Thank you. The agreement is accepted.",
           "You did not accept the agreement.", "This link has expired. Ask your partner for a new one.",
           "This agreement was accepted before.", "You are asked to read and accept this agreement for your company.",
           "Company", "Signatory", "E-mail", "Country and language", "Link valid until"),
    "de": ("Microsoft-Kundenvereinbarung", "Vereinbarung annehmen", "Nicht annehmen",
           "Vielen Dank. Die Vereinbarung ist angenommen.", "Sie haben die Vereinbarung nicht angenommen.",
           "Dieser Link ist abgelaufen. Bitten Sie Ihren Partner um einen neuen.",
           "Diese Vereinbarung wurde schon angenommen.",
           "Bitte lesen Sie diese Vereinbarung und nehmen Sie sie für Ihr Unternehmen an.",
           "Unternehmen", "Unterzeichner", "E-Mail", "Land und Sprache", "Link gültig bis"),
    "fr": ("Contrat client Microsoft", "Accepter le contrat", "Ne pas accepter", "Merci. Le contrat est accepté.",
           "Vous n’avez pas accepté le contrat.", "Ce lien a expiré. Demandez-en un nouveau à votre partenaire.",
           "Ce contrat a déjà été accepté.", "Veuillez lire ce contrat et l’accepter pour votre entreprise.",
           "Entreprise", "Signataire", "E-mail", "Pays et langue", "Lien valable jusqu’au"),
    "es": ("Contrato de cliente de Microsoft", "Aceptar el contrato", "No aceptar",
           "Gracias. El contrato está aceptado.",
           "No ha aceptado el contrato.", "Este enlace ha caducado. Pida uno nuevo a su partner.",
           "Este contrato ya se aceptó.", "Lea este contrato y acéptelo en nombre de su empresa.",
           "Empresa", "Firmante", "Correo", "País e idioma", "Enlace válido hasta"),
    "cs": ("Zákaznická smlouva Microsoft", "Přijmout smlouvu", "Nepřijmout", "Děkujeme. Smlouva je přijata.",
           "Smlouvu jste nepřijali.", "Platnost odkazu vypršela. Požádejte svého partnera o nový.",
           "Tato smlouva už byla přijata.", "Přečtěte si prosím smlouvu a přijměte ji za svou společnost.",
           "Společnost", "Podepisující", "E-mail", "Země a jazyk", "Odkaz platí do"),
}  # fmt: skip


@route("GET", "/attestation/{attestation_id}", "attestation component", service="page", group="pages",
       page="integrate-sandbox-confirm-customer-accept", note="ASSUMPTION: address and layout")  # fmt: skip
def show(call: Call) -> Answer:
    """The form, or why there is none."""
    return _component_page(call)


@route("POST", "/attestation/{attestation_id}", "attestation component (answer)", service="page", group="pages",
       page="integrate-sandbox-confirm-customer-accept", note="ASSUMPTION: form")  # fmt: skip
def answer(call: Call) -> Answer:
    """The signatory pressed a button."""
    form = parse_qs(call.raw.decode("utf-8", "replace"))
    decision = (form.get("decision") or [""])[-1]
    try:
        if decision in ("accept", "refuse"):
            customer_actions.answer_attestation(
                call.world, call.params["attestation_id"], "customer", accepted=decision == "accept"
            )
    except Illegal as illegal:
        return _component_page(call, illegal)
    return _component_page(call)


def _component_page(call: Call, illegal: Illegal | None = None) -> Answer:
    attestation = call.world.attestations.get(call.params["attestation_id"])
    if attestation is None:
        return page("Microsoft Customer Agreement", "<p>This link is not known.</p>", status=404)
    language = attestation.language[:2].lower()
    words = _WORDS.get(language, _WORDS["en"])
    language = language if language in _WORDS else "en"
    person = f"{attestation.first_name} {attestation.last_name}"
    about = definition_list(
        [
            (words[8], attestation.company_name),
            (words[9], person),
            (words[10], attestation.email),
            (words[11], f"{attestation.country}, {attestation.language}"),
            (words[12], f"{attestation.expires_at:%Y-%m-%d %H:%M} UTC"),
        ]
    )
    state = attestation.state_at(call.now)
    if state == "expired":
        return page(
            words[0],
            f'<p class="lead bad" role="alert">{html.escape(words[5])}</p>{about}',
            status=410,
            language=language,
        )
    if state in ("accepted", "finalised"):
        text = words[6] if illegal else words[3]
        return page(
            words[0], f'<p class="lead good" role="status">{html.escape(text)}</p>{about}', language=language
        )
    if state == "refused":
        return page(
            words[0],
            f'<p class="lead bad" role="status">{html.escape(words[4])}</p>{about}',
            language=language,
        )
    body = f"""<p class="lead">{html.escape(words[7])}</p>{about}
<div class="doc" tabindex="0" role="region" aria-label="{html.escape(words[0])}">
<p>{html.escape(_STAND_IN[language])}</p></div>
<form method="post" class="row">
<button class="primary" name="decision" value="accept">{html.escape(words[1])}</button>
<button name="decision" value="refuse">{html.escape(words[2])}</button></form>"""
    return page(words[0], body, language=language)
