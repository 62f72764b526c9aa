"""One line a step, with the time since the run began."""

import time

from rich.console import Console

console = Console(highlight=False, soft_wrap=True)
_began = time.monotonic()


def tell(text: str) -> None:
    minutes, seconds = divmod(int(time.monotonic() - _began), 60)
    console.print(f"{minutes:2d}:{seconds:02d}  {text}", markup=False)
