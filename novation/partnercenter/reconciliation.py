"""Billing exports of Microsoft Graph: ask, wait, read the manifest, stream the files.

``POST …/export`` gives 202 and an operation; the finished operation leads to a manifest; its files are gzip
JSON lines behind a signed address. That address is a secret: it is never logged and never part of an error.
"""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec

from novation.partnercenter import errors
from novation.partnercenter.outcomes import Call, Outcome
from novation.partnercenter.resources import Part, Resource, Word, parse_as
from novation.partnercenter.sending import Answer, Sender

_LONGEST_LINE = 1 << 20


class ExportStatus(Word):
    """``longRunningOperationStatus``; one model comment says ``completed``."""

    NOT_STARTED = "notStarted"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    COMPLETED = "completed"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        """Whether waiting longer changes nothing."""
        return self in (ExportStatus.SUCCEEDED, ExportStatus.COMPLETED, ExportStatus.FAILED)


class Blob(Part, frozen=True, kw_only=True, rename="camel"):
    """One file."""

    name: str | None = None
    partition_value: str | None = None


class Manifest(Resource, frozen=True, kw_only=True, rename="camel"):
    """Where the files of an export are. A changed ``e_tag`` means a new version of the data."""

    id: str | None = None
    schema_version: str | None = None
    data_format: str | None = None
    created_date_time: datetime | None = None
    e_tag: str | None = None
    partner_tenant_id: str | None = None
    root_directory: str | None = None
    sas_token: str | None = None
    partition_type: str | None = None
    blob_count: int | None = None
    blobs: list[Blob] | None = None

    def __repr__(self) -> str:
        return f"Manifest(id={self.id!r}, blob_count={self.blob_count!r}, e_tag={self.e_tag!r})"


class ExportOperation(Resource, frozen=True, kw_only=True, rename="camel"):
    """An export under way. ``retry_after`` (seconds) is what the server asked to wait, if it did."""

    id: str | None = None
    status: ExportStatus | None = None
    created_date_time: datetime | None = None
    last_action_date_time: datetime | None = None
    resource_location: Any = None
    error: dict[str, Any] | None = None

    def __repr__(self) -> str:
        return f"ExportOperation(id={self.id!r}, status={self.status!r})"

    @property
    def manifest(self) -> Manifest | None:
        """The manifest that came with the finished operation."""
        location = self.resource_location
        return parse_as(Manifest, location) if isinstance(location, dict) else None


class Reconciliation:
    """Graph ``/reports/partners/billing``. Permission ``PartnerBilling.Read.All``; global cloud only."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    async def export_billed(
        self, invoice_id: str, *, attribute_set: str = "full", usage: bool = False, call: Call | None = None
    ) -> Outcome[str]:
        """Ask for the lines of an invoice; the value is the operation's id. ``attribute_set``: full,
        basic."""
        name = "reconciliation.export_billed_usage" if usage else "reconciliation.export_billed"
        body = {"invoiceId": invoice_id, "attributeSet": attribute_set}
        return await self._sender.write(self._sender.request(name, body=body), call, _operation_id)

    async def export_unbilled(
        self,
        currency: str,
        *,
        period: str = "current",
        attribute_set: str = "full",
        usage: bool = False,
        call: Call | None = None,
    ) -> Outcome[str]:
        """Ask for what is not invoiced yet. ``currency`` is ISO 4217, ``period`` ``current`` or ``last``."""
        name = "reconciliation.export_unbilled_usage" if usage else "reconciliation.export_unbilled"
        body = {"currencyCode": currency, "billingPeriod": period, "attributeSet": attribute_set}
        return await self._sender.write(self._sender.request(name, body=body), call, _operation_id)

    async def operation(self, operation_id: str) -> tuple[ExportOperation, float]:
        """Return the operation and the seconds to wait before the next look. Raises ``Gone`` after expiry."""
        request = self._sender.request("reconciliation.operation", {"operation_id": operation_id})
        return await self._sender.read_as(
            request, lambda got: (parse_as(ExportOperation, got.body), got.exchange.retry_after or 10.0)
        )

    async def wait(self, operation_id: str, *, at_most: float = 3600.0) -> Manifest:
        """Look until the export is finished and return its manifest.

        Raises ``Refused`` if the export failed, ``Unreachable`` after ``at_most`` seconds, ``Gone`` after
        expiry: then ask anew.
        """
        waited = 0.0
        while True:
            operation, pause = await self.operation(operation_id)
            if operation.status == ExportStatus.FAILED:
                problem = operation.error or {}
                raise errors.Refused(200, str(problem.get("code")), str(problem.get("message", "")))
            if operation.status is not None and operation.status.is_over:
                if operation.manifest is None:
                    raise errors.BadAnswer("a finished export without a manifest", status=200)
                return operation.manifest
            waited += pause
            if waited > at_most:
                raise errors.Unreachable(f"the export was not finished after {at_most:g} s")
            await self._sender.clock.sleep(pause)

    async def manifest(self, manifest_id: str) -> Manifest:
        """Return a manifest. Raises ``Gone`` after expiry."""
        request = self._sender.request("reconciliation.manifest", {"manifest_id": manifest_id})
        return await self._sender.fetch(request, Manifest)

    async def lines(self, manifest: Manifest) -> AsyncIterator[dict[str, Any]]:
        """Yield each line of all files, fractions as ``Decimal``, without holding a file in memory.

        Raises ``Refused`` for a file host that is not on the list (``Endpoints.downloads``), ``BadAnswer``
        for a file that cannot be read or a missing one.
        """
        blobs = manifest.blobs or []
        if manifest.blob_count is not None and manifest.blob_count != len(blobs):
            raise errors.BadAnswer(f"{manifest.blob_count} files promised, {len(blobs)} named")
        for blob in blobs:
            async for line in self._file(self._address(manifest, blob), blob.name or "?"):
                yield line

    def _address(self, manifest: Manifest, blob: Blob) -> str:
        root = (manifest.root_directory or "").rstrip("/")
        found = urlsplit(root)
        ours = urlsplit(self._sender.endpoints.base("graph"))
        host = (found.hostname or "").lower()
        allowed = any(_host_matches(host, suffix.lower()) for suffix in self._sender.endpoints.downloads)
        plain = found.scheme == "https" or (found.scheme == "http" and ours.scheme == "http")
        if not plain or not allowed or found.query or found.username:
            raise errors.Invalid(f"billing files may not be fetched from {host or 'an unknown host'}")
        name = quote(blob.name or "", safe="/")
        return f"{root}/{name}?{(manifest.sas_token or '').lstrip('?')}"

    async def _file(self, address: str, name: str) -> AsyncIterator[dict[str, Any]]:
        async with self._sender.wire.download(address) as (status, pieces):
            if status != 200:
                raise errors.BadAnswer(f"the file {name} could not be fetched", status=status)
            rest = b""
            try:
                async for block in _decompressed(pieces):
                    *lines, rest = (rest + block).split(b"\n")
                    if len(rest) > _LONGEST_LINE:
                        raise errors.BadAnswer(f"a line of the file {name} is too long")
                    for line in lines:
                        if line.strip():
                            yield _parse_line(line)
                if rest.strip():
                    yield _parse_line(rest)
            except (zlib.error, msgspec.DecodeError):
                raise errors.BadAnswer(f"the file {name} is not gzip JSON lines", status=status) from None


_decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(float_hook=Decimal)


def _parse_line(text: bytes) -> dict[str, Any]:
    value = _decoder.decode(text.removeprefix(b"\xef\xbb\xbf"))
    if not isinstance(value, dict):
        raise errors.BadAnswer("a line that is not an object")
    return value


async def _decompressed(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Unpack gzip in bounded steps. Raises ``zlib.error`` if the file ends too early."""
    unpacker = zlib.decompressobj(wbits=31)
    async for piece in pieces:
        data = piece
        while data:
            yield unpacker.decompress(data, 1 << 16)
            data = unpacker.unconsumed_tail
            if unpacker.eof:
                data = unpacker.unused_data
                if not data:
                    break
                unpacker = zlib.decompressobj(wbits=31)
    if not unpacker.eof:
        raise zlib.error("the file ends too early")


def _host_matches(host: str, suffix: str) -> bool:
    return host.endswith(suffix) if suffix.startswith(".") else host == suffix


def _operation_id(answer: Answer) -> str:
    place = answer.exchange.location or ""
    operation_id = place.rstrip("/").rsplit("/", 1)[-1]
    if not operation_id and isinstance(answer.body, dict):
        operation_id = str(answer.body.get("id") or "")
    if not operation_id:
        raise errors.BadAnswer("the export was taken, but its operation is not named", status=answer.status)
    return operation_id
