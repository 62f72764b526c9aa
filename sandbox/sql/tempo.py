"""How slow operations of a type are to be."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Tempo:
    """Seconds that one takes at least, and how many bytes of its instance it then goes through a second."""

    seconds: float = 0.0
    bytes_per_second: float = 0.0  # 0: at once

    def __post_init__(self) -> None:
        if self.seconds < 0 or self.bytes_per_second < 0:
            raise ValueError("seconds, bytes_per_second: not less than 0")
