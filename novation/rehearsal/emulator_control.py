"""The emulator as the rehearsal sees it: its clock, the customers' acts, and the truth about them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2

from novation.domain.errors import BadInput, NeedsOperator
from novation.rehearsal.processes import Child, start


class Refused(Exception):
    """The other side does not allow this act; the text is its reason."""


@dataclass(frozen=True)
class Company:
    """One customer as the emulator knows it."""

    tenant: str
    name: str
    domain: str
    first_domain: str
    country: str
    language: str
    person: str
    email: str
    phone: str


@dataclass
class Emulator:
    """The control port of a running emulator; safe for several threads."""

    ready: dict[str, Any]
    child: Child
    _http: httpx2.Client = field(repr=False)

    @classmethod
    def start(
        cls, *, customers: int, seed: int, faults: str, speed: float, clock_file: Path, log: Path,
        environment: dict[str, str], meanwhile: Callable[[], None],
    ) -> Emulator:  # fmt: skip
        """Starts an emulator on free ports; `meanwhile` is called while it comes up.

        Raises:
            NeedsOperator: it did not come up.
        """
        arguments = [
            "-m", "novation.emulator", "--port", "0", "--control-port", "0", "--customers", str(customers),
            "--seed", str(seed), "--faults", faults, "--clock-file", str(clock_file), "--speed", str(speed),
            "--rate", "60000", "--with-parent",
        ]  # fmt: skip
        child = start("emulator", arguments, environment=environment, log=log, stdout=subprocess.PIPE)
        meanwhile()
        line = child.process.stdout.readline() if child.process.stdout else ""
        if not line:
            child.stop(1.0)
            raise NeedsOperator(f"The emulator did not start: {child.last_words()}")
        ready = json.loads(line)
        return cls(
            ready,
            child,
            httpx2.Client(base_url=ready["control"], timeout=60.0, trust_env=False, verify=False),
        )

    def close(self) -> None:
        """Ends the emulator."""
        self._http.close()
        self.child.stop(5.0)

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        answer = self._http.request(method, path, json=body)
        if answer.status_code == 409:
            raise Refused(str(answer.json().get("error", "")))
        if answer.status_code >= 400:
            raise BadInput(f"The emulator refused {method} {path}: {answer.text[:200]}")
        return answer.json()

    def advance_to(self, moment: datetime) -> None:
        """Turns the virtual clock forward to `moment`; a moment that has passed already is no error."""
        try:
            self._call("POST", "/clock", {"to": moment.astimezone(UTC).isoformat()})
        except BadInput as error:
            if "forward" not in str(error):
                raise

    def set_speed(self, speed: float) -> None:
        """Changes the speed of the virtual clock."""
        self._call("POST", "/clock", {"speed": speed})

    def companies(self) -> list[Company]:
        """Every customer, in the order of the seed."""
        rows = self._call("GET", "/customers?limit=10000")["items"]
        return [_company(row) for row in rows]

    def truth(self, tenant: str) -> dict[str, Any]:
        """Everything about one customer."""
        found: dict[str, Any] = self._call("GET", f"/customers/{tenant}")
        return found

    def truths(self, tenants: list[str]) -> Iterator[dict[str, Any]]:
        """The truth about many customers, in the same order."""
        with ThreadPoolExecutor(4) as pool:
            yield from pool.map(self.truth, tenants)

    def accept_relationship(self, tenant: str, *, actor: str, person: str) -> None:
        """The customer's admin accepts the new account. Raises Refused when it did before."""
        body = {"partner": "target", "actor": actor, "person": person}
        self._call("POST", f"/customers/{tenant}/accept-relationship", body)

    def approve_access(self, request: str, tenant: str, *, actor: str) -> None:
        """The customer's admin approves a GDAP request. Raises Refused when it cannot be approved (any more)."""
        self._call("POST", f"/gdap/{request}/approve", {"tenantId": tenant, "actor": actor})

    def summary(self) -> dict[str, Any]:
        """The counters of the call record and the judge's verdict."""
        found: dict[str, Any] = self._call("GET", "/call-record/summary")
        return found

    def call_record(self) -> Iterator[dict[str, Any]]:
        """Every write and act, in order."""
        after = 0
        while True:
            items = self._call("GET", f"/call-record?after={after}&limit=5000")["items"]
            yield from items
            if len(items) < 5000:
                return
            after = items[-1]["seq"]


def _company(row: dict[str, Any]) -> Company:
    contact = row["contact"]
    return Company(
        tenant=row["tenantId"].lower(),
        name=row["companyName"],
        domain=row["domain"],
        first_domain=row.get("defaultDomain") or row["domain"],
        country=row["country"],
        language=row["language"],
        person=f"{contact['firstName']} {contact['lastName']}".strip(),
        email=(contact["email"] or "").lower(),
        phone=contact["phone"] or "",
    )
