"""Resumable uploads: an object that is written in pieces, over several connections and processes.

https://cloud.google.com/storage/docs/performing-resumable-uploads. Whoever has the address of a session may
write that one object: it is kept in the state bucket alone, and never said.
"""

import re
from dataclasses import replace

from requests import Response

from clients.environment import Environment
from clients.errors import ClientError, Rejected, Unavailable, message_of
from clients.patience import patient
from clients.storage_rest import ask, upload_address
from clients.stored_objects import Stored, stored
from domain.vault_layout import reference

QUANTUM = 256 << 10  # bytes: every piece but the last is a multiple of it
GONE = frozenset({404, 410, 499})  # the session has ended, or was cancelled
RECEIVED = re.compile(r"bytes=0-(\d+)")


class UploadGone(ClientError):
    """The session does not exist any more: begin another one."""


@patient
def begin_upload(env: Environment, source: Stored, bucket: str) -> "ObjectUpload":
    """A session for an object like the source, in another bucket, where nothing of its name may be yet.

    The storage refuses the upload at its end if its bytes have another CRC32C than the source's. A session
    whose address was lost with the answer ends by itself after a week.
    """
    what = f"{reference(bucket, source.name)}: beginning to write it"
    about = {
        "name": source.name,
        "crc32c": source.crc32c,
        "contentType": source.content_type or "application/octet-stream",
        "metadata": dict(source.metadata),
        **({"contentEncoding": source.content_encoding} if source.content_encoding else {}),
    }
    answer = ask(
        env,
        "POST",
        upload_address(env, bucket),
        what,
        params={"uploadType": "resumable", "ifGenerationMatch": "0"},
        headers={"X-Upload-Content-Length": str(source.size)},
        json=about,
    )
    return ObjectUpload(env, source, bucket, answer.headers["Location"], received=0)


class ObjectUpload:
    """A session, and what is known of it. Without `received` it is asked how far it is.

    Raises (by any call):
        UploadGone: begin another one.
        PreconditionFailed: an object of that name was there before this one's last byte, or it is this one
            and the answer was lost.
        Rejected: the bytes are not those that the session was begun for.
    """

    def __init__(
        self, env: Environment, source: Stored, bucket: str, address: str, received: int | None = None
    ) -> None:
        self.address = address
        self.made: Stored | None = None  # the object, once it is there
        self._env = env
        self._target = replace(source, bucket=bucket, generation=0)
        self._received = received

    @property
    def _what(self) -> str:
        return f"{self._target.reference}: writing it"

    @patient
    def received(self) -> int:
        """How many bytes have arrived, from the first on."""
        if self._received is None:
            self._learn(self._put(f"bytes */{self._target.size}", b""))
        assert self._received is not None
        return self._received

    @patient
    def send(self, piece: bytes, at: int) -> None:
        """See to it that this piece, which begins at that byte, has arrived. What is there is not sent again,
        and after a lost answer the session is asked how far it is."""
        end = at + len(piece)
        begin = self.received()
        while not self._has(end):
            if begin < at:
                raise UploadGone(f"{self._what}: {at - begin} bytes that had arrived are gone")
            self._received = None
            self._learn(self._put(self._span(begin, end), piece[begin - at :]))
            begin = self.received()

    @patient
    def cancel(self) -> None:
        """End the session: no object comes of it. One that has ended has ended."""
        ask(self._env, "DELETE", self.address, f"{self._what}: cancelling", GONE)

    def _has(self, end: int) -> bool:
        """Whether all bytes before that one are there; with the last one comes the object."""
        return self.made is not None or (self.received() >= end and end < self._target.size)

    def _span(self, begin: int, end: int) -> str:
        size = self._target.size
        return f"bytes {begin}-{end - 1}/{size}" if end > begin else f"bytes */{size}"

    def _put(self, span: str, content: bytes) -> Response:
        headers = {"Content-Range": span}
        answer = ask(self._env, "PUT", self.address, self._what, GONE, data=content, headers=headers)
        if answer.status_code in GONE:
            raise UploadGone(f"{self._what}: its session has ended: {message_of(answer)}")
        return answer

    def _learn(self, answer: Response) -> None:
        if answer.status_code == 308:
            found = RECEIVED.fullmatch(answer.headers.get("Range", ""))
            received = int(found[1]) + 1 if found else 0
            if received and received == self._target.size:
                raise Unavailable(f"{self._what}: all bytes have arrived, and it is not there yet")
            self._received = received
        elif answer.status_code in {200, 201}:
            self.made, self._received = stored(answer.json()), self._target.size
        else:
            raise Rejected(f"{self._what}: answered with {answer.status_code}")
