"""What a person sees of a run on a terminal: a line a step, with the time since it began."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console


class Lines(logging.Handler):
    """Prints each message with its time since the beginning."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._began = time.monotonic()

    def emit(self, record: logging.LogRecord) -> None:
        minutes, seconds = divmod(int(time.monotonic() - self._began), 60)
        style = "yellow" if record.levelno >= logging.WARNING else None
        self._console.print(f"{minutes:2d}:{seconds:02d}  {record.getMessage()}", style=style, markup=False)


@contextmanager
def show_progress(least: int = logging.INFO) -> Iterator[None]:
    """Inside, what runbooks say is shown, from that level on."""
    logger = logging.getLogger("muster")
    handler = Lines()
    handler.setLevel(least)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
