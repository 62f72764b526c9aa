"""A service of the standard library that does what its caller, or its variable START, tells it to do."""

import json
import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

START = os.environ.get("START", "")


class Handler(BaseHTTPRequestHandler):
    """GET /, /env, /headers, /health, /status/N, /slow/SECONDS, /trickle/SECONDS, /bytes/N, /torn, /die.

    A POST comes back.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are two writes: the second would wait 40 ms

    def do_GET(self) -> None:
        kind, _, rest = self.path.partition("?")[0].strip("/").partition("/")
        if kind == "env":
            self.answer(200, json.dumps(dict(os.environ)).encode())
        elif kind == "headers":
            self.answer(200, json.dumps([[name, value] for name, value in self.headers.items()]).encode())
        elif kind == "health":
            self.answer(500 if START == "sick" else 200, b"")
        elif kind == "status":
            self.answer(int(rest), b"")
        elif kind == "slow":
            time.sleep(float(rest))
            self.answer(200, b"slow")
        elif kind == "trickle":  # the head at once, the body later
            self.answer(200, b"", missing=300_000)
            time.sleep(float(rest))
            self.wfile.write(b"x" * 300_000)
        elif kind == "bytes":
            self.answer(200, b"x" * int(rest))
        elif kind == "torn":
            self.answer(200, b"x" * 300_000, missing=1)
            self.close_connection = True
        elif kind == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        else:
            self.answer(200, b"hello")

    def do_POST(self) -> None:
        self.answer(201, self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def answer(self, status: int, body: bytes, missing: int = 0) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) + missing))
        self.send_header("X-Served-By", os.environ["K_REVISION"])
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """The platform logs requests."""


print("starting")  # noqa: T201 - its output is looked for in the log
if START == "crash":
    print("no way to start", file=sys.stderr)  # noqa: T201 - as above
    sys.exit(3)
if START == "mute":
    time.sleep(3600)
if START.startswith("late "):
    time.sleep(float(START.removeprefix("late ")))
Server = type("Server", (ThreadingHTTPServer,), {"request_queue_size": 256, "daemon_threads": True})
Server(("0.0.0.0", int(os.environ["PORT"])), Handler).serve_forever()
