"""Two small time-stamping services for the rehearsal. They show how stamps work; their word proves nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from novation.evidence.errors import BadTimestamp
from novation.evidence.time_service import TimeService

NAMES = ("alpha", "beta")
#: The virtual clock begins in 2026 and may run for years.
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


class FakeTimeServices:
    """The services and their ports, each in a thread of its own.

    Args:
        now: gives the programme time; called at each request.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.services = {name: TimeService.create(name, BEGIN) for name in NAMES}
        self._servers = {name: _server(service, now) for name, service in self.services.items()}

    @property
    def setting(self) -> str:
        """Their addresses as NOVATION_TIME_SERVICES has them."""
        return " ".join(f"{name}=http://127.0.0.1:{s.server_port}/" for name, s in self._servers.items())

    def start(self) -> None:
        """Begins to answer."""
        for name, server in self._servers.items():
            threading.Thread(target=server.serve_forever, name=f"time {name}", daemon=True).start()

    def pin_chains(self) -> None:
        """Lets the installation trust both, as an operator does who has compared the fingerprints."""
        from novation.evidencelog.services import timestamps

        for name, service in self.services.items():
            timestamps.pin(name, service.chain)

    def stop(self) -> None:
        """Ends both."""
        for server in self._servers.values():
            server.shutdown()
            server.server_close()


def _server(service: TimeService, now: Callable[[], datetime]) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            body = self.rfile.read(min(int(length), 10_000)) if length.isdigit() else b""
            try:
                status, answer = 200, service.answer(body, now())
            except BadTimestamp as error:
                status, answer = 400, str(error).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Says nothing: the bars are in the way."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    return server
