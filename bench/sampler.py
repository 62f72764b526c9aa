"""What a thread spends its time on: its own work, or waiting for somebody else."""

import sys
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from linecache import getline
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).parents[1]
PERIOD = 0.005  # seconds between samples
OURS = ("flows", "tasks", "clients", "domain", "cli")
WIRE = ("/socket.py", "/ssl.py", "/selectors.py", "/threading.py", "/_backends/sync.py")
WORK = "clients/squawk.py"  # a local linter is no API: its time is the deploy's own


@dataclass(frozen=True)
class Sample:
    """The seconds up to an instant, those of them that the process computed, and what the thread was about.

    A wait has no `work`.
    """

    at: str
    seconds: float
    computed: float
    work: str


class Sampler:
    """Looks at one thread's stack every few milliseconds. A sample weighs as much as the time before it."""

    def __init__(self, thread: int) -> None:
        self.samples: list[Sample] = []
        self._sampled = thread
        self._over = threading.Event()
        threading.Thread(target=self._run, name="sampler", daemon=True).start()

    def stop(self) -> None:
        self._over.set()

    def _run(self) -> None:
        before, computed_before = time.monotonic(), time.process_time()
        while not self._over.wait(PERIOD):
            frame = sys._current_frames().get(self._sampled)  # noqa: SLF001 - the only way to see a stack
            now, computed = time.monotonic(), time.process_time()
            work = own_work(frame) if frame else ""
            at = datetime.now(UTC).isoformat()
            self.samples.append(Sample(at, now - before, computed - computed_before, work))
            before, computed_before = now, computed


def own_work(frame: FrameType) -> str:
    """What it is about, as file and function; empty while it sleeps or waits for an answer to our call.

    Waiting within Prefect is the flow's own time: it is Prefect's bookkeeping, and no API is deployed to.
    """
    waits = _waits(frame)
    one: FrameType | None = frame
    while one:
        file = one.f_code.co_filename
        if "/prefect/" in file:
            return "prefect"
        if file.startswith(str(ROOT)) and (inside := file[len(str(ROOT)) + 1 :]).startswith(OURS):
            ours = f"{inside}:{one.f_code.co_name}"
            return "" if waits and inside != WORK else ours
        one = one.f_back
    return "" if waits else "outside"


def _waits(frame: FrameType) -> bool:
    file = frame.f_code.co_filename
    if file.endswith(WIRE) or "/psycopg/" in file:
        return True
    return "time.sleep(" in getline(file, frame.f_lineno or 0)  # a running frame may be between lines
