"""A service in a few lines, whose behaviour is in release.json: health, work, and how they go wrong."""

import json
import os
import random
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

RELEASE = json.loads(Path(__file__).with_name("release.json").read_text())


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are two writes: the second would wait 40 ms

    def do_GET(self) -> None:
        if self.path == "/break":
            RELEASE["health"] = 500
        if self.path == "/health":
            self.answer(RELEASE.get("health", 200))
            return
        time.sleep(RELEASE.get("hang", 0))
        self.answer(500 if random.random() < RELEASE.get("error_share", 0) else 200)

    def answer(self, status: int) -> None:
        body = json.dumps({"release": RELEASE["name"]}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("x-served-by", os.environ.get("K_REVISION", ""))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Requests are in the platform's log."""


if RELEASE.get("crash"):
    sys.exit("this release cannot start")
Server = type("Server", (ThreadingHTTPServer,), {"request_queue_size": 256, "daemon_threads": True})
Server(("0.0.0.0", int(os.environ["PORT"])), Handler).serve_forever()
