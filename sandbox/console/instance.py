"""An instance on the page: the process behind a revision."""

from dataclasses import dataclass

from sandbox.kernel.clock import stamp
from sandbox.run.instances import Instances

SHORT = 8  # characters of an identity of 64


@dataclass(frozen=True)
class Instance:
    """One that is starting has nothing but its revision yet."""

    revision: str
    identity: str = ""
    pid: int = 0
    since: str = ""

    @property
    def short(self) -> str:
        return self.identity[:SHORT]


def instances(running: Instances) -> list[Instance]:
    """Those that run and those that are starting, by their revisions."""
    found = {revision: Instance(revision) for revision in running.starting}
    for revision in running.running:
        one = running.get(revision)
        assert one
        found[revision] = Instance(revision, one.identity, one.child.process.pid, stamp(one.started_at))
    return [found[revision] for revision in sorted(found)]
