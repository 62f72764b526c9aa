"""The plainest HTTP server for bytes, to set a storage beside: it takes them in, and gives as many out.

`python -m bench.plain_server PORT`
"""

import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

PIECE = 1 << 18


class Plain(BaseHTTPRequestHandler):
    """PUT takes a body and forgets it; GET /N answers with N bytes."""

    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        left = int(self.headers["Content-Length"])
        while left:
            left -= len(self.rfile.read(min(left, PIECE)))
        self._answer(b"")

    def do_GET(self) -> None:
        self._answer(bytes(int(self.path[1:])))

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing to say."""


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", int(sys.argv[1])), Plain).serve_forever()
