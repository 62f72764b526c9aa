"""Memory, as the kernel shares it out: a page that n processes map counts as 1/n for each (PSS)."""

from collections.abc import Iterator

from bench.cloud import Cloud
from bench.figure import Figure, Peer, at_most
from bench.process_table import family, peak, pss
from bench.progress import tell


def measure(cloud: Cloud) -> Iterator[Figure]:
    """What the sandbox holds after all that was done to it."""
    tell("memory: of each process of the sandbox")
    shares = {pid: pss(pid) for pid in family(cloud.pid)}
    largest = max(shares.values())
    yield at_most(
        "memory: the sandbox's API process",
        shares[cloud.pid] / 1e6,
        "MB",
        150,
        Peer("the same just after its start", cloud.pss_at_start / 1e6),
        note=f"at its largest {peak(cloud.pid) / 1e6:,.0f} MB, pages shared with others in full",
    )
    yield at_most(
        "memory: everything",
        sum(shares.values()) / 1e6,
        "MB",
        2000,
        Peer("Elasticsearch, the largest of them", largest / 1e6),
        note=f"{len(shares)} processes",
    )
