"""Traffic like users': many clients, writes, reads, searches, a few retries; and what those users saw."""

from examples.load.generator import Load
from examples.load.tally import Seen, Tally

__all__ = ["Load", "Seen", "Tally"]
