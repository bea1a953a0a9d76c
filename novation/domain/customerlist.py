"""Reads the customer list that Partner Center exports as CSV.

The columns are `Microsoft ID`, `Company name`, `Primary domain name`, `Relationship`, in any order and with
variants of spelling; a contact's e-mail, name, country and language are taken when there are such columns.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass

from novation.domain.errors import BadInput

_COLUMNS: dict[str, tuple[str, ...]] = {
    "tenant_id": ("microsoft id", "microsoftid", "customer id", "tenant id", "customer tenant id", "id"),
    "name": ("company name", "company", "customer name", "customer", "name", "organization"),
    "domain": ("primary domain name", "primary domain", "domain name", "domain", "default domain"),
    "relationship": ("relationship", "relationship type", "relationship to partner"),
    "email": ("email", "e-mail", "contact email", "primary contact email", "email address"),
    "contact": ("contact", "contact name", "primary contact", "primary contact name"),
    "country": ("country", "country/region", "country code"),
    "language": ("language", "preferred language"),
}
#: Lines that one row may take, with line breaks in quoted names.
LONGEST = 20
_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_DOMAIN = re.compile(r"(?=.{4,253}$)([^\W_]([\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]*[^\W_]", re.UNICODE)
_EMAIL = re.compile(r"[^@\s<>\"(),;:]+@[^@\s<>\"(),;:]+\.[^@\s<>\"(),;:.]+")


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """One usable row. `line` is its first line in the file, counted from 1 with the header."""

    line: int
    tenant_id: str
    name: str
    domain: str = ""
    email: str = ""
    contact: str = ""
    country: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that cannot be used, and why."""

    line: int
    sentence: str
    swallows: bool = False  # where the row ends is not certain


def read_customer_list(text: str) -> tuple[list[CustomerRow], list[Problem]]:
    """Reads the export; a row that cannot be used is reported and the others are kept.

    Args:
        text: the file as text; a byte order mark, commas, semicolons and tabs are understood.

    Returns:
        Usable rows in the order of the file, and the problems by line.

    Raises:
        BadInput: there is no header with at least `Microsoft ID` and `Company name`.
    """
    text = text.lstrip("\ufeff")
    header_line = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max((",", ";", "\t"), key=header_line.count)
    lines = list(io.StringIO(text, newline=""))
    start = next((at for at, line in enumerate(lines) if line.strip(" \t\r\n,;")), len(lines))
    try:
        reader = csv.reader(lines[start : start + LONGEST], delimiter=delimiter)
        header = next(reader, [])
    except csv.Error as error:
        raise BadInput(f"This is not a CSV file: {error}.", where=f"line {start + 1}") from error
    columns = _find_columns(header)
    rows: list[CustomerRow] = []
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    at = start + reader.line_num
    while at < len(lines):
        reader = csv.reader(lines[at : at + LONGEST], delimiter=delimiter)
        try:
            row = _read_row(next(reader), columns, len(header), at + 1, seen)
        except csv.Error as error:
            row = Problem(at + 1, f"The row cannot be read: {error}.", swallows=True)
        used = reader.line_num
        if isinstance(row, Problem):
            problems.append(row)
            # A quotation mark that is never closed must not swallow the rows behind it.
            used = 1 if row.swallows else used
        elif row is not None:
            seen[row.tenant_id] = row.line
            rows.append(row)
        at += used
    return rows, problems


def _find_columns(header: list[str]) -> dict[str, int]:
    names = {
        re.sub(r"[\s_]+", " ", cell.strip().lower()): index
        for index, cell in reversed(list(enumerate(header)))
    }
    found: dict[str, int] = {}
    for field, variants in _COLUMNS.items():
        for variant in variants:
            if variant in names:
                found[field] = names[variant]
                break
    missing = [
        name
        for name, field in (("Microsoft ID", "tenant_id"), ("Company name", "name"))
        if field not in found
    ]
    if missing:
        raise BadInput(
            f"The header has no column {' and no column '.join(repr(name) for name in missing)}.",
            where="line 1",
            remedy="Export the customer list from Partner Center (Customers, Export) and use it unchanged.",
        )
    return found


def _read_row(
    cells: list[str], columns: dict[str, int], width: int, line: int, seen: dict[str, int]
) -> CustomerRow | Problem | None:
    if not any(cell.strip() for cell in cells):
        return None
    if len(cells) < width:
        return Problem(line, f"The row has {len(cells)} of {width} columns.", swallows=True)
    value = {field: cells[index].strip() for field, index in columns.items()}
    tenant_id = value["tenant_id"].lower().strip("{}")
    if not _GUID.fullmatch(tenant_id):
        return Problem(line, f"The Microsoft ID {value['tenant_id'][:60]!r} is not a tenant id (a GUID).")
    if tenant_id in seen:
        return Problem(line, f"The Microsoft ID {tenant_id} stands in line {seen[tenant_id]} already.")
    if not value["name"]:
        return Problem(line, "The company name is empty.")
    if len(value["name"]) > 300:
        return Problem(line, "The company name is longer than 300 characters.")
    domain = value.get("domain", "").lower()
    if domain and not _DOMAIN.fullmatch(domain):
        return Problem(line, f"The domain {domain[:80]!r} is not a domain name.")
    relationship = value.get("relationship", "").lower()
    if relationship and "reseller" not in relationship and "csp" not in relationship:
        return Problem(
            line, f"The relationship is {relationship[:60]!r}; only resellers' customers are moved."
        )
    email = value.get("email", "")
    if email and not _EMAIL.fullmatch(email):
        return Problem(line, f"The e-mail address {email[:80]!r} is not one.")
    country = value.get("country", "")
    return CustomerRow(
        line=line,
        tenant_id=tenant_id,
        name=value["name"],
        domain=domain,
        email=email,
        contact=value.get("contact", ""),
        country=country.upper() if len(country) == 2 else "",
        language=value.get("language", "").lower()[:10],
    )
