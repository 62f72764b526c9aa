"""The smallest service there can be: the standard library alone, in an image that is built in a second."""

import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Handler(BaseHTTPRequestHandler):
    """GET /health, /env (its variables), /agent, /status/N, /endless; what is POSTed comes back."""

    def do_GET(self) -> None:
        _, kind, *rest = self.path.partition("?")[0].split("/")
        if kind == "health":
            self._answer(200, {"ok": True, "revision": os.environ.get("K_REVISION", "")})
        elif kind == "env":
            self._answer(200, dict(os.environ))
        elif kind == "status":
            self._answer(int(rest[0]), {"status": int(rest[0])})
        elif kind == "endless":
            self._drip()
        elif kind == "agent":
            self._answer(200, self.headers["User-Agent"])
        else:
            self._answer(404, {"path": self.path})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer(201, json.loads(body or b"null"))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
        """The platform logs requests."""

    def _answer(self, status: int, content: Any) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _drip(self) -> None:
        """An answer without an end, as an event stream's."""
        self.send_response(200)
        self.end_headers()
        while True:
            self.wfile.write(b".")
            self.wfile.flush()
            time.sleep(0.05)


if __name__ == "__main__":
    if os.environ.get("CRASH"):
        sys.exit(3)
    ThreadingHTTPServer(("", int(os.environ.get("PORT", "8080"))), Handler).serve_forever()
