"""The resumable uploads under way, and those that ended not long ago."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Literal
from weakref import WeakValueDictionary

from sandbox.kernel.clock import Clock
from sandbox.kernel.errors import ReasonError
from sandbox.kernel.state import State
from sandbox.storage.checksums import Expected
from sandbox.storage.content_range import ContentRange
from sandbox.storage.draft import Draft
from sandbox.storage.files import Files
from sandbox.storage.object import Destination, Object
from sandbox.storage.objects import Objects
from sandbox.storage.session import QUANTUM, Session, Unacceptable

WEEK = 7 * 86400  # seconds for which a session can be used


class Uploads:
    """Sessions by id. One request at a time appends to each; what it acknowledged survives a restart."""

    def __init__(self, state: State, files: Files, objects: Objects, clock: Clock) -> None:
        self._kept = state.collection("storage.upload")
        self._files = files
        self._objects = objects
        self._clock = clock
        self._drafts: dict[str, Draft] = {}
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def start(self, to: Destination, expected: Expected) -> Session:
        session = Session(uuid.uuid4().hex, to, expected, self._clock.now().timestamp())
        self._put(session)
        return session

    async def receive(
        self,
        upload: str,
        span: ContentRange,
        length: int | None,
        pieces: AsyncIterator[bytes],
        expected: Expected,
    ) -> Object | int:
        """Take what a request carries. The object once all is there, until then how many bytes are.

        A finished upload answers with its object again, whatever is sent. One that failed for good, by a
        condition or a checksum, is gone.
        """
        async with self._turn(upload):
            session = self._open(upload)
            if session.made:
                return session.made
            draft = await self._draft(upload)
            if span.first is not None:
                await _append(draft, span, length, pieces)
            if not span.whole and draft.size != span.total:
                return draft.size
            return await self._finish(session, draft, expected)

    async def cancel(self, upload: str) -> None:
        async with self._turn(upload):
            session = self._open(upload)
            if not session.made:
                self._end(session, "cancelled")

    def files(self) -> set[str]:
        """The files of the uploads under way. Sessions of more than a week ago are forgotten."""
        oldest = self._clock.now().timestamp() - WEEK
        sessions = [Session.of(document) for document in self._kept.list()]
        for session in sessions:
            if session.started < oldest:
                self._kept.delete(session.id)
        return {one.id for one in sessions if one.state == "open" and one.started >= oldest}

    def _turn(self, upload: str) -> asyncio.Lock:
        return self._turns.setdefault(upload, asyncio.Lock())

    def _open(self, upload: str) -> Session:
        document = self._kept.get(upload)
        if document is None:
            raise ReasonError(404, "notFound", "Not Found")
        session = Session.of(document)
        if session.state == "cancelled":
            raise Unacceptable(499, "")
        if session.state == "failed":
            raise ReasonError(410, "gone", "Gone")
        return session

    async def _draft(self, upload: str) -> Draft:
        if upload not in self._drafts:
            draft = Draft(self._files, upload)
            await draft.reopen(QUANTUM)
            self._drafts[upload] = draft
        return self._drafts[upload]

    async def _finish(self, session: Session, draft: Draft, expected: Expected) -> Object:
        def finished(made: Object) -> None:
            self._put(replace(session, state="finished", made=made))

        try:
            session.expected.check(draft.sums)
            expected.check(draft.sums)
            await draft.seal()
            made = self._objects.insert(session.to, draft.content(), finished)
        except ReasonError:
            self._end(session, "failed")
            raise
        self._drafts.pop(session.id)
        return made

    def _end(self, session: Session, state: Literal["cancelled", "failed"]) -> None:
        self._put(replace(session, state=state))
        self._drafts.pop(session.id, None)
        self._files.discard(session.id)

    def _put(self, session: Session) -> None:
        self._kept.put(session.id, session.document())


async def _append(draft: Draft, span: ContentRange, length: int | None, pieces: AsyncIterator[bytes]) -> None:
    """Add what of the span is not there yet; of a part that is not the last, whole quanta only."""
    assert span.first is not None
    if span.first > draft.size:
        raise Unacceptable(
            503,
            "Invalid request. According to the Content-Range header, the upload offset is "
            f"{span.first} byte(s), which exceeds already uploaded size of {draft.size} byte(s).",
        )
    if length is not None and span.length not in {None, length}:
        raise Unacceptable(400, f"Content-Range names {span.length} byte(s), Content-Length {length}.")
    if length is not None and length < QUANTUM and not span.is_last:
        raise Unacceptable(
            400,
            "Invalid request.  The number of bytes uploaded is required to be equal or greater than "
            f"{QUANTUM}, except for the final request (it's recommended to be the exact multiple of "
            f"{QUANTUM}).  The received request contained {length} bytes, "
            "which does not meet this requirement.",
        )
    known, sums = draft.size, draft.sums.copy()
    try:
        await draft.append(pieces, skip=draft.size - span.first)
    except BaseException:
        await draft.cut(max(known, draft.size - draft.size % QUANTUM), known, sums)
        raise
    if draft.size % QUANTUM and not span.whole and draft.size != span.total:
        await draft.cut(max(known, draft.size - draft.size % QUANTUM), known, sums)
