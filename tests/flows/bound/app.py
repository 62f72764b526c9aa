"""A service bound to a database by DATABASE_URL: it writes notes there, and reads them back.

With SEARCH_URL it is bound to a search, too: SEARCH_INDEX there has each note as a document.
"""

import json
import os
import sys
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psycopg

RELEASE = json.loads(Path(__file__).with_name("release.json").read_text())
ADDRESS = os.environ["DATABASE_URL"]
SEARCH = os.environ.get("SEARCH_URL", "")


def search(method: str, path: str, body: object = None) -> Any:
    request = urllib.request.Request(  # noqa: S310 - http, as it is given
        f"{SEARCH}/{os.environ['SEARCH_INDEX']}/{path}",
        body if isinstance(body, bytes | None) else json.dumps(body).encode(),
        {"Content-Type": "application/json"},
        method=method,
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        return json.load(answer)


def found(word: str) -> tuple[int, object]:
    hits = search("POST", "_search", {"query": {"match_phrase": {"word": word}}})["hits"]["hits"]
    return (200 if hits else 404), {"words": [hit["_source"]["word"] for hit in hits]}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        if self.path == "/health":
            self.answer(200, {"ok": True, "release": RELEASE["name"]})
            return
        if self.path.startswith("/search/"):
            self.answer(*found(self.path.rpartition("/")[2]))
            return
        self.ask("SELECT word FROM notes WHERE word = %s", self.path.rpartition("/")[2], 200)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        self.ask("INSERT INTO notes VALUES (%s) RETURNING word", body["word"], 201)

    def ask(self, statement: str, word: str, status: int) -> None:
        try:
            with psycopg.connect(ADDRESS, connect_timeout=2) as connection:
                connection.execute("CREATE TABLE IF NOT EXISTS notes (word text)")
                row = connection.execute(statement.encode(), [word]).fetchone()
        except psycopg.Error as error:
            self.answer(503, {"error": type(error).__name__})
            return
        if status == 201 and SEARCH:
            search("PUT", f"_doc/{word}?refresh=true", {"word": word})
        self.answer(status if row else 404, {"word": row[0] if row else None})

    def answer(self, status: int, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Requests are in the platform's log."""


def reindex() -> None:
    """Let the index say what the database says: every note, as one document, and no other."""
    with psycopg.connect(ADDRESS) as connection:
        words = [row[0] for row in connection.execute("SELECT word FROM notes")]
    hits = search("GET", "_search?size=10000", {"_source": False})["hits"]["hits"]
    gone = [({"delete": {"_id": hit["_id"]}},) for hit in hits if hit["_id"] not in words]
    pairs = [*gone, *(({"index": {"_id": word}}, {"word": word}) for word in words)]
    lines = [json.dumps(each) + "\n" for pair in pairs for each in pair]
    found = search("POST", "_bulk?refresh=true", "".join(lines).encode())
    if found["errors"]:
        sys.exit(f"not indexed: {found}")


if sys.argv[1:] == ["reindex"]:
    reindex()
    sys.exit()
if RELEASE.get("crash") or os.environ.get("CRASH"):
    sys.exit("this release cannot start")
Server = type("Server", (ThreadingHTTPServer,), {"request_queue_size": 256, "daemon_threads": True})
Server(("0.0.0.0", int(os.environ["PORT"])), Handler).serve_forever()
