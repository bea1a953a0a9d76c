"""How the services say no: one exception, carrying status, code and text, and where the codes come from."""

from __future__ import annotations


class Refusal(Exception):
    """A clean refusal: nothing was changed.

    ``code`` is the number of Microsoft's page ``error-codes`` (Partner Center) or a word (Graph).
    ``extra`` are further members of the error object, as the newer services send them.
    """

    def __init__(
        self,
        status: int,
        code: int | str,
        description: str,
        data: list[str] | None = None,
        headers: dict[str, str] | None = None,
        **extra: object,
    ) -> None:
        super().__init__(description)
        self.status = status
        self.code = code
        self.description = description[:1024]
        self.data = data or []
        self.headers = headers or {}
        self.extra = extra


class Illegal(Exception):
    """An act on the control port that the real service would not allow. The text says why."""


def no_relationship(customer_id: str) -> Refusal:
    """403/20002: the caller's account has no commerce relationship with this customer."""
    return Refusal(
        403, 20002, "The partner does not have a commerce relationship with the customer.", [customer_id]
    )


def customer_not_found(customer_id: str) -> Refusal:
    """404/60003: no such tenant among the caller's customers."""
    return Refusal(404, 60003, "The customer tenant was not found.", [customer_id])


def invalid(field: str, why: str) -> Refusal:
    """400/3000: a member of the body or a query value is missing or wrong."""
    return Refusal(400, 3000, f"{field}: {why}", [field])


def not_found(what: str, code: int = 1000) -> Refusal:
    """404: the thing does not exist, or not for this caller."""
    return Refusal(404, code, f"{what} was not found.")


def missing_agreement() -> Refusal:
    """403/13605: no valid customer agreement on record. The text names both cures, as Microsoft's does."""
    return Refusal(
        403,
        13605,
        "The customer has no current Microsoft Customer Agreement. Confirm the acceptance as the partner, "
        "or let the customer accept it directly in the admin center.",
    )
