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
from novation.customers.models import Hint
from novation.moves.services import webhook_events
from novation.partnercenter import errors
from novation.partnercenter.signatures import SignatureRefused, read_claim
from novation.partnercenter.webhooks import read_event

#: Bytes of the largest body that is looked at; Microsoft's are below two thousand.
LARGEST = 16_384


@csrf_exempt
@require_POST
def receive(request: HttpRequest, account: str) -> HttpResponse:
    """Keeps one callback: 204 when it is kept or known, 400 or 401 when it is not Microsoft's, 503 when many wait."""
    body = request.body
    if len(body) > LARGEST:
        return HttpResponse(status=413)
    try:
        claim = read_claim(request.headers, hosts=settings.NOVATION_WEBHOOK_HOSTS)
        event = read_event(body)
    except SignatureRefused as reason:
        return HttpResponse(f"{reason}\n", status=401, content_type="text/plain")
    except errors.BadAnswer as reason:
        return HttpResponse(f"{reason}\n", status=400, content_type="text/plain")
    kept = webhook_events.keep(
        Hint(
            digest=hashlib.sha256(body + claim.signature).hexdigest(),
            account=account,
            body=body,
            signature=claim.signature,
            certificate_url=claim.certificate_url[:500],
            algorithm=claim.algorithm,
            event=event.name[:80],
            received_at=clock.now(),
        )
    )
    return HttpResponse(status=204) if kept else HttpResponse(status=503, headers={"Retry-After": "60"})
