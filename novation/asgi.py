"""The web entry: `granian --interface asginl novation.asgi:application`; `novation web` starts it."""

from __future__ import annotations

from novation.evidence.verifier.embedding import verify_script
from novation.serving import Serving
from novation.wsgi import application as pages

#: Bytes of the largest body, where it is not that of a form. A little more than the pages themselves take, so that a
#: person is told so by the page; far more is not read at all.
LIMITS = (
    (r"/hooks/partner-center/(source|target)/", 16_384),
    (r"/verify/", 17_000_000),  # a bundle and a mail
    (r"/console/evidence/verify", 51_000_000),
    (r"/console/moves/[^/]+/papers", 11_000_000),
)

application = Serving(pages, LIMITS)

# Made once, before there are threads: Python 3.11's parser fails when two of them begin with it at the same time.
verify_script()
