"""How much of the allowed rate the client uses under hostile faults, beside a plain sequential loop.

    python bench/pace.py            both parts
    python bench/pace.py --quick    the virtual part only

Part 1 runs the client's own sender, gate and budget on a virtual clock against a hostile server of 500 calls in
any 60 seconds, for ten minutes. Part 2 runs the whole client over real HTTP on loopback with time scaled by four
(500 calls in any 15 seconds). The server, not the client, counts; it also refuses what is too much.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from novation.partnercenter import Account, Endpoints, Pace, PartnerCenter, Timeouts, errors
from novation.partnercenter.sending import Sender
from novation.partnercenter.wire import Wire, WireAnswer

LIMIT = 500
TENANT = "33333333-3333-4333-8333-333333333333"
ACCOUNT = Account("bench", TENANT, "client", "secret", "refresh")


@dataclass
class Hostile:
    """The server's side: counts arrivals, enforces the limit, and misbehaves from a seed. Times in seconds."""

    window: float = 60.0
    limit: int = LIMIT
    seed: int = 7
    calls: list[float] = field(default_factory=list)
    throttled: int = 0
    faults: int = 0
    answered: int = 0
    burst_until: float = -1.0
    admitted: deque[float] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    def arrive(self, now: float) -> tuple[str, float]:
        """Take a call; returns what to do (ok, 429, 503, drop, hang) and a delay or the Retry-After."""
        scale = self.window / 60.0
        self.calls.append(now)
        while self.admitted and self.admitted[0] <= now - self.window:
            self.admitted.popleft()
        if len(self.admitted) >= self.limit:
            self.throttled += 1
            return "429", self.admitted[0] + self.window - now
        self.admitted.append(now)
        if now >= self.burst_until and self.chance.random() < 0.004:
            self.burst_until = now + 3.0 * scale
        if now < self.burst_until:
            self.throttled += 1
            return "429", self.burst_until - now + 0.5 * scale
        draw = self.chance.random()
        latency = self.chance.uniform(0.05, 0.4) * scale
        for share, what in ((0.05, "503"), (0.085, "drop"), (0.095, "hang")):
            if draw < share:
                self.faults += 1
                return what, latency
        self.answered += 1
        return "ok", latency

    def busiest(self) -> int:
        """The most calls that arrived in any one window."""
        moments = sorted(self.calls)
        return max(
            (bisect_left(moments, start + self.window) - i for i, start in enumerate(moments)), default=0
        )


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose time jumps to the next timer instead of waiting for it."""

    def __init__(self) -> None:
        super().__init__()
        self._virtual = 0.0
        real = self._selector.select  # type: ignore[attr-defined]  # the loop's own selector, on purpose

        def select(timeout: float | None = None) -> Any:
            if timeout:
                self._virtual += timeout
            return real(0)

        self._selector.select = select  # type: ignore[attr-defined]  # as above

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._virtual


class LoopClock:
    """The running loop's time."""

    def monotonic(self) -> float:
        """Seconds of the running loop."""
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        """Wait on the running loop."""
        await asyncio.sleep(seconds)


class HostileWire(Wire):
    """Stands in for the network in virtual time."""

    def __init__(self, server: Hostile) -> None:
        self.server = server

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        content: bytes | None = None,
        max_bytes: int,
        before_send: Callable[[], None] | None = None,
    ) -> WireAnswer:
        """Answer as a hostile server would, some time later."""
        if url.endswith("/token"):
            return WireAnswer(200, {}, b'{"access_token": "t", "expires_in": "86400"}')
        there = self.server.chance.uniform(0.01, 0.1)
        await asyncio.sleep(there)
        what, seconds = self.server.arrive(asyncio.get_running_loop().time())
        if what == "429":
            await asyncio.sleep(0.02)
            return WireAnswer(429, {"retry-after": str(int(seconds) + 1)}, b"{}")
        await asyncio.sleep(30.0 if what == "hang" else seconds)
        if what in ("drop", "hang"):
            raise errors.Unreachable("bench")
        return WireAnswer(200 if what == "ok" else 503, {}, json.dumps({"id": TENANT}).encode())


async def paced(sender: Sender, workers: int) -> None:
    """Read the same customer for ever with ``workers`` at once, as an engine with a long list would."""

    async def worker() -> None:
        while True:
            try:
                await sender.read(sender.request("customers.get", {"tenant_id": TENANT}))
            except errors.PartnerCenterError:
                continue

    await asyncio.gather(*(worker() for _ in range(workers)))


async def sequential(wire: Wire) -> None:
    """What a script does: one call after the other, waiting when told to, trying again when it fails."""
    while True:
        try:
            answer = await wire.send("GET", "http://x/v1/customers/1", headers={}, max_bytes=1000)
        except errors.Unreachable:
            continue
        if answer.status == 429:
            await asyncio.sleep(float(answer.headers["retry-after"]))


def _row(server: Hostile, seconds: float) -> dict[str, Any]:
    allowed = server.limit * seconds / server.window
    return {
        "calls": len(server.calls),
        "of_allowed": round(len(server.calls) / allowed, 4),
        "busiest_window": server.busiest(),
        "limit": server.limit,
        "exceeded": server.busiest() > server.limit,
        "good_answers": server.answered,
        "429": server.throttled,
        "other_faults": server.faults,
    }


def _virtual(seconds: float, work: Callable[[HostileWire], Coroutine[Any, Any, None]]) -> dict[str, Any]:
    server = Hostile()
    loop = VirtualLoop()

    async def whole() -> None:
        try:
            async with asyncio.timeout(seconds):
                await work(HostileWire(server))
        except TimeoutError:
            return

    try:
        loop.run_until_complete(whole())
    finally:
        loop.close()
    return _row(server, seconds)


def virtual(seconds: float = 600.0) -> dict[str, Any]:
    """Part 1: rows for the client and for the sequential loop."""

    async def client(wire: HostileWire) -> None:
        ends = Endpoints(api="http://x", login="http://x", graph="http://x")
        pace = Pace(per_minute=LIMIT, in_flight=16)
        await paced(Sender(ACCOUNT, ends, pace, LoopClock(), wire, jitter=random.Random(1)), 40)

    return {"client": _virtual(seconds, client), "sequential": _virtual(seconds, sequential)}


async def _over_http(seconds: float, with_client: bool) -> dict[str, Any]:
    server = Hostile(window=15.0)

    async def handle(request: web.Request) -> web.Response:
        if request.path.endswith("/token"):
            return web.json_response({"access_token": "t", "expires_in": "86400"})
        what, wait = server.arrive(asyncio.get_running_loop().time())
        if what == "429":
            return web.Response(status=429, headers={"Retry-After": f"{wait + 0.01:.2f}"}, text="{}")
        await asyncio.sleep(7.5 if what == "hang" else wait)
        if what in ("drop", "hang") and request.transport is not None:
            request.transport.abort()
        return web.json_response({"id": TENANT}, status=200 if what == "ok" else 503)

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with asyncio.timeout(seconds):
            if with_client:
                await _client_over_http(base)
            else:
                wire = Wire(Timeouts())
                await sequential(_At(wire, base))
    except TimeoutError:
        pass
    finally:
        await runner.cleanup()
    return _row(server, seconds)


async def _client_over_http(base: str) -> None:
    # Everything that is a time is scaled by four, as the server's window is.
    pace = Pace(per_minute=LIMIT, window=15.0, in_flight=16, backoff=0.12, longest_backoff=5.0, recovery=0.75)
    ends = Endpoints(api=base, login=base, graph=base)

    async def worker(pc: PartnerCenter) -> None:
        while True:
            try:
                await pc.customers.get(TENANT)
            except errors.PartnerCenterError:
                continue

    async with PartnerCenter(ACCOUNT, ends, pace=pace) as pc:
        await asyncio.gather(*(worker(pc) for _ in range(40)))


class _At(Wire):
    """The sequential loop's connection: the same wire, another address."""

    def __init__(self, wire: Wire, base: str) -> None:
        self._wire, self._base = wire, base

    async def send(self, method: str, url: str, **more: Any) -> WireAnswer:
        """Send to the server under test."""
        return await self._wire.send(method, f"{self._base}/v1/customers/1", **more)


def measure(quick: bool = False) -> dict[str, Any]:
    """Return the rows of both parts, and whether the client kept its promises."""
    result: dict[str, Any] = {"virtual_10_min_500_per_60_s": virtual()}
    if not quick:
        result["http_60_s_500_per_15_s"] = {
            "client": asyncio.run(_over_http(60.0, True)),
            "sequential": asyncio.run(_over_http(15.0, False)),
        }
    # On a busy machine real time is lost to others: the share counts in virtual time, the bound counts always.
    client_rows = [part["client"] for part in result.values()]
    result["kept"] = client_rows[0]["of_allowed"] >= 0.95 and not any(row["exceeded"] for row in client_rows)
    return result


def main(arguments: list[str]) -> int:
    """Print a table; 0 if the client reached 95 % and never exceeded."""
    result = measure(quick="--quick" in arguments)
    columns = ("calls", "of_allowed", "busiest_window", "limit", "good_answers", "429", "other_faults")
    print(f"{'':42}" + "".join(f"{column:>15}" for column in columns))
    for part, rows in result.items():
        if isinstance(rows, dict):
            for who, row in rows.items():
                print(f"{part + ' ' + who:42}" + "".join(f"{row[column]:>15}" for column in columns))
    print("kept" if result["kept"] else "NOT kept: below 95 % or above the limit")
    return 0 if result["kept"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
