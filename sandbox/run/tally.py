"""Requests that ended, and those among them that ended in an error, second by second of the last minute."""

SECONDS = 60


class Tally:
    """Counts by the whole seconds of a clock that only goes forward."""

    def __init__(self) -> None:
        self._counts: dict[int, tuple[int, int]] = {}

    def add(self, second: int, *, error: bool) -> None:
        if second not in self._counts:
            self._counts = {at: count for at, count in self._counts.items() if at >= second - SECONDS}
        requests, errors = self._counts.get(second, (0, 0))
        self._counts[second] = requests + 1, errors + error

    def before(self, second: int) -> tuple[list[int], list[int]]:
        """Requests and errors of the whole seconds before that one, oldest first."""
        counts = [self._counts.get(at, (0, 0)) for at in range(second - SECONDS, second)]
        return [requests for requests, _ in counts], [errors for _, errors in counts]
