"""Compresses what is text on its way to a browser; archives and pictures are small already."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

TEXT = ("text/", "application/json", "application/javascript", "image/svg+xml")


class TextCompression(GZipMiddleware):
    """gzip for pages, style sheets and scripts.

    Django adds a random number of bytes to each answer and masks the token of every form anew, so that lengths
    do not give a secret of the page away (BREACH). Exports stay as they are: they are ZIP files, and their
    length tells the browser how far a download is.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Compresses the answer when its type is one of `TEXT` and the browser takes gzip."""
        if not str(response.headers.get("Content-Type", "")).startswith(TEXT):
            return response
        return super().process_response(request, response)
