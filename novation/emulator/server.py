"""The two ports put together, in one process and one event loop."""

from __future__ import annotations

import ssl
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from novation.emulator import gdap_rules, lapsing
from novation.emulator import invoices as invoices_by_month
from novation.emulator.certificates import write_server_files
from novation.emulator.clock import DEFAULT_START, VirtualClock
from novation.emulator.http import (  # noqa: F401  (importing a subject fills the table of routes)
    admin,
    agreements,
    audit,
    catalogue,
    component,
    customer_creation,
    customers,
    exports,
    gdap,
    gdap_access,
    gdap_list,
    invoices,
    offers,
    orders,
    profiles,
    registrations,
    relationships,
    signin,
    subscriptions,
    transfers,
    transitions,
    user_changes,
    users,
    webhooks,
)
from novation.emulator.http.control import Control
from novation.emulator.http.gate import Gate
from novation.emulator.partners import PARTNERS
from novation.emulator.throttle import Throttle
from novation.emulator.webhook_delivery import Delivery
from novation.emulator.world import World


@dataclass(slots=True)
class Options:
    """How to start. Ports of 0 are chosen by the system."""

    host: str = "127.0.0.1"
    port: int = 8731
    control_port: int = 8732
    customers: int = 200
    seed: int = 1
    faults: str = "none"
    rate: int = 500
    customer_rate: int = 0
    plain: bool = False
    rich: bool = False
    start: datetime = DEFAULT_START
    speed: float = 1.0
    clock_file: Path | None = None
    tls: bool = False
    tls_dir: Path | None = None


class Server:
    """A running emulator. ``async with Server(options) as server`` in a test; ``ready`` has the addresses."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.clock = VirtualClock(options.start, options.speed, options.clock_file)
        self.world = World(
            self.clock,
            seed=options.seed,
            customers=options.customers,
            plain=options.plain,
            rich=options.rich,
            faults=options.faults,
        )
        self.world.on_file_opened.append(gdap_rules.schedule_file)
        self.world.on_file_opened.append(lapsing.schedule_file)
        self.world.on_built.append(invoices_by_month.schedule_invoices)
        invoices_by_month.schedule_invoices(self.world)
        self.gate = Gate(self.world, Throttle(options.rate, options.customer_rate))
        self.ready: dict[str, Any] = {}
        self.control = Control(self.world, self.gate, self.ready)
        self.delivery: Delivery | None = None
        self._runners: list[web.ServerRunner] = []

    async def start(self) -> dict[str, Any]:
        """Opens both ports and returns the ready object. Raises OSError when a port is taken."""
        options = self.options
        context = self._tls()
        port = await self._listen(self.gate.handle, options.port, context)
        control = await self._listen(self.control.handle, options.control_port, None)
        scheme = "https" if context else "http"
        address = f"{scheme}://{'localhost' if context else options.host}:{port}"
        delivery = self.delivery = Delivery(self.world, address)
        self.world.webhook_certificate = lambda: delivery.signer.pem
        delivery.start()
        self.ready.update(
            ready=True,
            api=address,
            login=address,
            graph=address,
            control=f"http://{options.host}:{control}",
            customers=options.customers,
            seed=options.seed,
            faults=options.faults,
            accounts={name: partner.to_json() for name, partner in PARTNERS.items()},
        )
        return self.ready

    async def stop(self) -> None:
        """Closes both ports."""
        if self.delivery is not None:
            await self.delivery.stop()
        for runner in reversed(self._runners):
            await runner.cleanup()
        self._runners.clear()

    async def __aenter__(self) -> Server:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def _listen(self, handle: Any, port: int, context: ssl.SSLContext | None) -> int:
        runner = web.ServerRunner(web.Server(handle, access_log=None), shutdown_timeout=0.2)
        await runner.setup()
        self._runners.append(runner)
        site = web.TCPSite(runner, self.options.host, port, ssl_context=context, backlog=1024)
        await site.start()
        return int(runner.addresses[0][1])

    def _tls(self) -> ssl.SSLContext | None:
        if not self.options.tls:
            return None
        folder = self.options.tls_dir or Path(tempfile.mkdtemp(prefix="emulator-tls-"))
        ca, chain, key = write_server_files(folder, ("localhost", "127.0.0.1"))
        self.ready["ca"] = str(ca)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(chain, key)
        return context
