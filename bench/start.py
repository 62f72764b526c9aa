"""From nothing to ready, and from all that a run has left to ready again."""

from collections.abc import Iterator

from bench.cloud import Cloud
from bench.figure import Figure, Peer, at_most
from bench.progress import tell

LIMIT = 30.0  # seconds


def measure(cloud: Cloud) -> Iterator[Figure]:
    """The first start of this run, in an empty folder, and another over what is there by now."""
    tell("start: stopping the sandbox and starting it again")
    cloud.stop()
    cloud.start()
    first, again = cloud.starts[0], cloud.starts[-1]
    for name, one in (("an empty folder", first), ("again, over all that the run left", again)):
        cpu = Peer("what its processes computed meanwhile", one.cpu)
        yield at_most(f"start to ready: {name}", one.seconds, "s", LIMIT, cpu)
