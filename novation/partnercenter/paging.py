"""Walking through collections. Three ways, depending on the service:

- Partner Center: ``continuationToken`` in the body, next page with ``seekOperation=Next`` and the header
  ``MS-ContinuationToken`` (page ``get-a-list-of-customers``); or ``links.next`` with ``uri`` and ``headers``.
- Audit records: the same header, the same query, no ``seekOperation``.
- Graph: ``@odata.nextLink``, an address that must stay on the same host.

``totalCount`` may be a text, and in seek collections it is the count of one page. It is believed in one direction: a
collection that ends with fewer items than its last page names is not whole.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Generator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Generic
from urllib.parse import parse_qsl, urlsplit

from novation.partnercenter.answers import items_of, total_of
from novation.partnercenter.errors import BadAnswer
from novation.partnercenter.resources import R, parse_as
from novation.partnercenter.sending import Answer, Request, Sender


class Listing(Generic[R]):
    """A collection of the other side, not asked for yet.

    ``async for item in listing`` fetches page after page as they are needed; ``await listing`` fetches all of them
    and returns a list. Each begins anew. Raises what reads raise, and ``BadAnswer`` for a page that cannot be read or
    for pages that go round in a circle.
    """

    def __init__(self, begin: Callable[[], AsyncIterator[R]]) -> None:
        self._begin = begin

    def __aiter__(self) -> AsyncIterator[R]:
        return self._begin()

    def __await__(self) -> Generator[Any, None, list[R]]:
        return self._all_items().__await__()

    async def _all_items(self) -> list[R]:
        return [item async for item in self._begin()]


def make_listing(sender: Sender, first: Request, cls: type[R], *, whole: bool = True) -> Listing[R]:
    """The collection that begins with ``first``, each item read as ``cls``.

    ``whole`` is False where the caller pages on by itself: a collection of fewer items than its total is then no
    ``BadAnswer``.
    """
    return Listing(partial(_walk, sender, first, cls, whole))


async def _walk(sender: Sender, first: Request, cls: type[R], whole: bool) -> AsyncIterator[R]:
    request: Request | None = first
    seen: set[tuple[str, str]] = set()
    count = 0
    while request is not None:
        before = count if whole else None
        items, following = await sender.read_as(request, partial(_parse_page, sender, first, cls, before))
        count += len(items)
        for item in items:
            yield item
        if following is not None:
            # The same way on twice, after the same items, would never end.
            mark = (_page_mark(following), str(items[0].raw)[:500] if items else "")
            if mark in seen:
                raise BadAnswer("the pages go round in a circle").attach_ids(first.api_call.name, None, None)
            seen.add(mark)
        request = following


def _parse_page(
    sender: Sender, first: Request, cls: type[R], before: int | None, answer: Answer
) -> tuple[list[R], Request | None]:
    """The items of a page and the way on; ``before`` is how many came earlier, None if that does not matter."""
    items = [parse_as(cls, item) for item in items_of(answer.body)]
    following = _next_request(sender, first, answer.body)
    if before is not None and following is None and before + len(items) < total_of(answer.body):
        raise BadAnswer(f"{before + len(items)} items of {total_of(answer.body)}", status=answer.status)
    return items, following


def _next_request(sender: Sender, first: Request, body: Any) -> Request | None:
    if not isinstance(body, dict):
        return None
    link = body.get("@odata.nextLink")
    if isinstance(link, str) and link:
        if not sender.endpoints.same_origin("graph", link):
            raise BadAnswer("the next page is on another host; the token stays here")
        return replace(first, url=link)
    token = body.get("continuationToken") or body.get("ContinuationToken")
    if isinstance(token, str) and token:
        query = dict(first.query)
        if "seekOperation" in first.api_call.query:
            query = {"seekOperation": "Next", **({"size": query["size"]} if "size" in query else {})}
        return replace(first, query=query, headers={**first.headers, "MS-ContinuationToken": token})
    return _linked_request(sender, first, body)


def _linked_request(sender: Sender, first: Request, body: Mapping[str, Any]) -> Request | None:
    links = body.get("links") or body.get("Links")
    following = (links.get("next") or links.get("Next")) if isinstance(links, dict) else None
    if not isinstance(following, dict) or not following.get("uri"):
        return None
    found = urlsplit(str(following["uri"]).replace("&amp;", "&"))
    base = sender.endpoints.base("api")
    if found.netloc and not sender.endpoints.same_origin("api", found.geturl()):
        raise BadAnswer("the next page is on another host; the token stays here")
    path = "/" + found.path.lstrip("/")
    if not path.startswith("/v1/"):
        path = "/v1" + path
    headers = dict(first.headers)
    for header in following.get("headers") or []:
        if isinstance(header, dict) and str(header.get("key", "")).lower() == "ms-continuationtoken":
            headers["MS-ContinuationToken"] = str(header.get("value", ""))
    query = f"?{found.query}" if parse_qsl(found.query) else ""
    return replace(first, url=f"{base}{path}{query}", headers=headers)


def _page_mark(request: Request) -> str:
    return f"{request.url}|{request.headers.get('MS-ContinuationToken')}"
