"""A port that answers, for a process that has nothing to serve and runs where a service has to."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class _Alive(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b"beating\n"
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """The platform logs requests."""


@contextmanager
def answering(port: int | None) -> Iterator[None]:
    """Inside, GET is answered with 200 on that port, of any address; None: nothing listens."""
    if port is None:
        yield
        return
    with ThreadingHTTPServer(("", port), _Alive) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()
