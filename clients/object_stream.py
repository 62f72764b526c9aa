"""The bytes of an object as they are stored, piece by piece: a connection that is lost goes on where it was.

The client's own `blob.open` does not tell when the connection ended too early, and reads slowly.
"""

from collections.abc import Iterator
from contextlib import suppress

from requests import Response
from urllib3.exceptions import HTTPError

from clients.environment import Environment
from clients.errors import HINTS, Rejected, Unavailable
from clients.patience import patient
from clients.storage_rest import ask, media_address
from clients.stored_objects import Stored

PIECE = 8 << 20  # bytes


class ObjectStream:
    """One version of an object, read once from its beginning. So much memory as a piece or three, whatever
    its size. What it yields is not compared with any sum: that is for who knows one.

    Raises (as it is read):
        NotFound: that version is gone.
        Unavailable: nothing more came while patience lasted.
    """

    def __init__(self, env: Environment, stored: Stored, piece: int = PIECE) -> None:
        self._env = env
        self._stored = stored
        self._piece = piece
        self._at = 0
        self._answer: Response | None = None

    def __iter__(self) -> Iterator[bytes]:
        try:
            while self._at < self._stored.size:
                piece = self._read()
                self._at += len(piece)
                yield piece
        finally:
            self._close()

    @patient
    def _read(self) -> bytes:
        wanted = min(self._piece, self._stored.size - self._at)
        what = f"{self._stored.reference}: reading it"
        try:
            self._answer = self._answer or self._open(what)
            piece: bytes = self._answer.raw.read(wanted, decode_content=False)
        except (HTTPError, OSError) as error:
            self._close()
            raise Unavailable(f"{what}: the connection ended ({error})", HINTS[Unavailable]) from error
        except BaseException:
            self._close()
            raise
        if len(piece) < wanted:
            self._close()
            raise Unavailable(f"{what}: it ended too early", HINTS[Unavailable])
        return piece

    def _open(self, what: str) -> Response:
        """From where we are on. That gzip is accepted keeps the storage from unpacking what is packed."""
        answer = ask(
            self._env,
            "GET",
            media_address(self._env, self._stored.bucket, self._stored.name),
            what,
            params={"alt": "media", "generation": str(self._stored.generation)},
            headers={"Range": f"bytes={self._at}-", "Accept-Encoding": "gzip"},
            stream=True,
        )
        if answer.status_code != 206:
            answer.close()
            raise Rejected(f"{what}: a range was asked for, and answered with {answer.status_code}")
        return answer

    def _close(self) -> None:
        if self._answer is not None:
            with suppress(HTTPError, OSError):  # what is closed early may complain of it
                self._answer.close()
        self._answer = None
