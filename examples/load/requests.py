"""What users ask for: documents to write, to read and to find."""

import json
import random
from collections import deque
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlencode

SENTENCES = (
    "The invoice for the second delivery is still open.",
    "Visitors leave their vehicles behind the warehouse.",
    "The canteen closes early on Friday.",
    "Three parcels came back without a receipt.",
    "The new timetable holds from the first of the month.",
    "Nobody has signed the insurance contract yet.",
    "The kitchen needs another inspection before the festival.",
    "Please return the keys of the archive by noon.",
    "Repairs of the north bridge take two more weeks.",
    "The supplier promises a better estimate.",
    "Training for the night shift begins in March.",
    "The budget for the library was raised by a tenth.",
    "Customers ask for refunds in writing.",
    "A permit is needed for each market stall.",
    "The harbour office answers questions about schedules.",
    "Minutes of the last meeting are in the red folder.",
)

PLAIN = ("Compras", "Suporte", "Vendas", "Pesquisa", "Atendimento", "Treinamento")
ACCENTED = ("Operações", "Jurídico", "Logística", "Redação", "Manutenção", "Licitações")

REMEMBERED = 2_000  # documents


@dataclass(frozen=True)
class Request:
    """One request, which a service in order answers with a 2xx."""

    method: str
    path: str  # and query
    body: dict[str, str] | None = None


class Requests(Protocol):
    """What users ask for next."""

    def draw(self) -> Request:
        """The next request."""
        ...

    def learn(self, request: Request, status: int, body: bytes) -> None:
        """Take note of the answer to one."""
        ...


class Page:
    """The same GET each time: the cheapest there is, for benches."""

    def __init__(self, path: str) -> None:
        self._request = Request("GET", path)

    def draw(self) -> Request:
        return self._request

    def learn(self, request: Request, status: int, body: bytes) -> None:
        """Nothing to learn."""


class Documents:
    """Two in five write, two in five read a document written before, one in five searches.

    Of the drafts, two in five name no author, two in five name one, and one in five names one with accents.
    """

    def __init__(self, lots: random.Random) -> None:
        self._lots = lots
        self._known: deque[str] = deque(maxlen=REMEMBERED)

    def draw(self) -> Request:
        lot = self._lots.random()
        if lot < 0.2:
            return Request("GET", f"/search?{urlencode({'q': self._words(2)})}")
        if lot < 0.6 and self._known:
            return Request("GET", f"/documents/{self._lots.choice(self._known)}")
        return Request("POST", "/documents", body=self._draft())

    def learn(self, request: Request, status: int, body: bytes) -> None:
        """A document that is gone is not asked for again, or one loss would count for ever."""
        if status == 201:
            self._known.append(json.loads(body)["id"])
        elif status == 404:
            gone = request.path.rpartition("/")[2]
            self._known = deque((known for known in self._known if known != gone), maxlen=REMEMBERED)

    def _draft(self) -> dict[str, str]:
        draft = {
            "title": self._words(4).capitalize(),
            "body": " ".join(self._lots.choices(SENTENCES, k=self._lots.randint(1, 5))),
        }
        lot = self._lots.random()
        if lot < 0.2:
            return draft | {"author": self._lots.choice(ACCENTED)}
        if lot < 0.6:
            return draft | {"author": self._lots.choice(PLAIN)}
        return draft

    def _words(self, count: int) -> str:
        """A few words in a row from one of the sentences."""
        words = self._lots.choice(SENTENCES).rstrip(".").split()
        start = self._lots.randint(0, len(words) - count)
        return " ".join(words[start : start + count])
