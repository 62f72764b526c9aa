"""A service that keeps notes in a database, and in an index where it is given one.

`python app.py reindex` makes the index say what the database says, and ends. With CRASH set it never starts.
"""

import json
import os
import sys
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote, urlsplit

import psycopg

ADDRESS = os.environ["DATABASE_URL"]
SEARCH = os.environ.get("SEARCH_URL", "")
INDEX = os.environ.get("SEARCH_INDEX", "")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        word = self.path.rpartition("/")[2]
        if self.path == "/health":
            self.answer(200, {"ok": True})
        elif self.path.startswith("/search/"):
            found = asked("GET", f"_search?q=words:{quote(word)}")["hits"]["total"]["value"] if SEARCH else 1
            self.answer(200 if found else 404, {"found": found})
        else:
            self.ask("SELECT id FROM notes WHERE words = %s", word, 200)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        self.ask("INSERT INTO notes (words) VALUES (%s) RETURNING id", body["words"], 201)

    def ask(self, statement: str, word: str, status: int) -> None:
        try:
            with psycopg.connect(ADDRESS, connect_timeout=2) as connection:
                row = connection.execute(statement.encode(), [word]).fetchone()
        except psycopg.Error as error:
            self.answer(503, {"error": type(error).__name__})
            return
        if row and status == 201 and SEARCH:
            index(row[0], word)
        self.answer(status if row else 404, {"id": row[0] if row else None})

    def answer(self, status: int, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Requests are in the platform's log."""


def asked(method: str, path: str, body: object = None) -> dict[str, Any]:
    """What the index answers; the login that its address may have is of no use to a server without any."""
    where = urlsplit(SEARCH)
    connection = HTTPConnection(where.hostname or "", where.port, timeout=10)
    content = None if body is None else json.dumps(body)
    connection.request(method, f"/{INDEX}/{path}", content, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    found: dict[str, Any] = json.load(answer)
    connection.close()
    if answer.status >= 400:
        raise OSError(f"{method} {path}: {answer.status} {found}")
    return found


def index(number: int, words: str) -> None:
    asked("PUT", f"_doc/{number}?refresh=true", {"words": words})


def reindex() -> None:
    """Every note, under its number; and nothing else."""
    with psycopg.connect(ADDRESS) as connection:
        rows: dict[int, str] = dict(connection.execute("SELECT id, words FROM notes").fetchall())
    for hit in asked("GET", "_search?size=1000", {"_source": False})["hits"]["hits"]:
        if int(hit["_id"]) not in rows:
            asked("DELETE", f"_doc/{hit['_id']}?refresh=true")
    for number, words in rows.items():
        index(number, words)


if os.environ.get("CRASH"):
    sys.exit("this release cannot start here")
if sys.argv[1:] == ["reindex"]:
    reindex()
    sys.exit()
Server = type("Server", (ThreadingHTTPServer,), {"request_queue_size": 256, "daemon_threads": True})
Server(("0.0.0.0", int(os.environ["PORT"])), Handler).serve_forever()
