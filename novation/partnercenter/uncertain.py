"""Facts about Microsoft's side that no public page settles. Each is a setting with a default and a source."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Uncertain:
    """Change a value here when a real answer shows something else.

    - ``transfer_type``: page ``create-a-transfer`` says 3, page ``transfer-entity-resources`` says 5 is New
      Commerce and both are accepted.
    - ``accept_status``: the status word in the body of an accept; examples show the entity with
      ``InProgress``.
    - ``cancel_status``: page ``update-a-transfer``.
    - ``attestation_*``: page ``integrate-sandbox-confirm-customer-accept`` names country, language,
      companyName and the signatory's two names; the JSON names of e-mail and phone, of the id in the
      agreement, and the path that reads a state are not published.
    - ``legacy_agreements``: the confirmation of before January 2026 (``POST agreements`` with a contact).
      Retired; off unless switched on.
    """

    transfer_type: int = 3
    accept_status: str | None = "InProgress"
    cancel_status: str = "Cancel"
    attestation_email: str = "signatoryEmail"
    attestation_phone: str = "signatoryPhoneNumber"
    attestation_path: str = "/v1/attestations/enhanced/{attestation_id}"
    agreement_attestation_id: str = "attestationId"
    legacy_agreements: bool = False
