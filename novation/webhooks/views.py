"""Where Microsoft's webhooks arrive: a page that keeps what comes and believes nothing.

    POST /hooks/partner-center/<source|target>/

The three headers must be there and the certificate's address on the list of hosts; the signature itself is checked by
the engine, because only the engine opens connections to Microsoft (page partner-center-webhooks).
"""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from novation import clock
from novation.customers.models import WebhookEvent
from novation.moves.services import webhook_events
from novation.network import address_of, network_of
from novation.partnercenter import errors
from novation.partnercenter.signatures import SignatureRefused, read_claim
from novation.partnercenter.webhooks import read_event

#: Bytes of the largest body that is looked at; Microsoft's are below two thousand.
LARGEST = 16_384


@csrf_exempt
@require_POST
def receive(request: HttpRequest, account: str) -> HttpResponse:
    """Keeps one callback.

    Returns:
        204 when it is kept or known; 400 or 401 when it is not Microsoft's; 413 when it is too large, which is said
        before it is read; 503 when many wait.
    """
    if _declared(request) > LARGEST:
        return HttpResponse(status=413)
    try:
        claim = read_claim(request.headers, hosts=settings.NOVATION_WEBHOOK_HOSTS)
        body = request.body
        if len(body) > LARGEST:
            return HttpResponse(status=413)
        event = read_event(body)
    except SignatureRefused as reason:
        return HttpResponse(f"{reason}\n", status=401, content_type="text/plain")
    except errors.BadAnswer as reason:
        return HttpResponse(f"{reason}\n", status=400, content_type="text/plain")
    now = clock.now()
    kept = webhook_events.keep(
        WebhookEvent(
            digest=hashlib.sha256(body + claim.signature).hexdigest(),
            account=account,
            body=body,
            signature=claim.signature,
            certificate_url=claim.certificate_url,
            algorithm=claim.algorithm,
            event=event.name[:80],
            received_at=now,
            next_try_at=now,
            network=network_of(address_of(request)),
        )
    )
    return HttpResponse(status=204) if kept else HttpResponse(status=503, headers={"Retry-After": "60"})


def _declared(request: HttpRequest) -> int:
    """The length of the body as the headers say; 0 when they say nothing that is a number."""
    said = request.META.get("CONTENT_LENGTH") or "0"
    return int(said) if said.isascii() and said.isdigit() and len(said) < 20 else 0
