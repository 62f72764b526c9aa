"""A service of one table, or of none; how it goes wrong is in release.json.

`/health` looks at nothing. `/try` does what a user's request does, and never errs by lot, as a smoke check
must be told the same each time. `/work` is a user's request: it errs on the release's share of them.
"""

import json
import os
import random
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psycopg
from psycopg import sql

RELEASE = json.loads(Path(__file__).with_name("release.json").read_text())
COLUMN = RELEASE.get("column")  # one beside the baseline's own
INSERT = sql.SQL("INSERT INTO notes ({}) VALUES ({})").format(
    sql.SQL(", ").join(map(sql.Identifier, ["words", COLUMN] if COLUMN else ["words"])),
    sql.SQL(", ").join(["hello"] * (2 if COLUMN else 1)),
)
DATABASE = os.environ.get("DATABASE_URL", "").replace("+psycopg", "")


class Notes:
    """The table, through one connection that is made again when it broke."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._turn = threading.Lock()
        self._connection: psycopg.Connection[tuple[object, ...]] | None = None

    def write(self) -> None:
        """One note, in the columns that this release knows."""
        with self._turn:
            if self._connection is None or self._connection.closed:
                self._connection = psycopg.connect(self._address, autocommit=True)
            self._connection.execute(INSERT)


NOTES = Notes(DATABASE) if DATABASE else None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are two writes: the second would wait 40 ms

    def do_GET(self) -> None:
        if self.path == "/health":
            self.answer(RELEASE.get("health", 200))
            return
        if self.path == "/work" and random.random() < RELEASE.get("error_share", 0):
            self.answer(500)
            return
        try:
            if NOTES:
                NOTES.write()
        except psycopg.Error as error:
            sys.stderr.write(f"{type(error).__name__}\n")
            self.answer(500)
            return
        self.answer(200)

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
