"""`make bench`: every promised figure, measured on a sandbox of its own. Exit code 1: a limit was missed."""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import (
    backups,
    calls,
    catalogue,
    copy,
    deaths,
    environments,
    failover,
    heartbeat,
    memory,
    microdrills,
    releases,
    restore_drill,
    retention,
    router,
    start,
    storage,
)
from bench.cloud import Cloud
from bench.figure import Figure
from bench.progress import console, tell
from bench.table import table
from examples.demo.processes import NotReady, Processes
from examples.demo.stage import environment, free_port

ALONE: dict[str, Callable[[], Iterator[Figure]]] = {"retention": retention.measure}  # without a sandbox
GROUPS: dict[str, Callable[[Cloud], Iterator[Figure]]] = {
    "router": router.measure,
    "storage": storage.measure,
    "copy": copy.measure,
    "catalogue": catalogue.measure,
    "releases": releases.measure,
    "calls": calls.measure,
    "deaths": deaths.measure,
    "memory": memory.measure,
    "start": start.measure,
}
APART: dict[str, tuple[Callable[[Cloud], Iterator[Figure]], tuple[str, ...]]] = {
    "backups": (backups.measure, backups.SANDBOX),  # in a sandbox of its own, with these options
    "drill": (restore_drill.measure, restore_drill.SANDBOX),
    "failover": (failover.measure, failover.SANDBOX),
}
LONG: dict[str, tuple[Callable[[Cloud], Iterator[Figure]], tuple[str, ...]]] = {
    "heartbeat": (heartbeat.measure, ()),  # as those apart, but only when asked for: each takes its time
    "microdrills": (microdrills.measure, microdrills.SANDBOX),
}
SMALL: dict[str, Callable[[Cloud], Iterator[Figure]]] = {  # on a ground that is made in no time
    "drill": lambda cloud: restore_drill.measure(cloud, restore_drill.SMALL),
    "failover": lambda cloud: failover.measure(cloud, failover.SMALL),
    "heartbeat": lambda cloud: heartbeat.measure(cloud, heartbeat.SMALL),
    "microdrills": lambda cloud: microdrills.measure(cloud, microdrills.SMALL),
}
WIDTH = 170  # of the table where the output is no terminal


def main() -> None:
    """Measure, print the table, and keep it as JSON where that was asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--only",
        action="append",
        choices=[*ALONE, *APART, *GROUPS, *LONG],
        help=f"only this group; may be repeated. {' and '.join(LONG)} are measured only so",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument(
        "--small",
        action="store_true",
        help=f"of {', '.join(SMALL)}: on little data and once, to see that it works; not to be cited",
    )
    options = parser.parse_args()
    figures = []
    try:
        for figure in measure(options.only or [*ALONE, *APART, *GROUPS], small=options.small):
            figures.append(figure)
            tell(f"{figure.name}: {figure.value:.4g} {figure.unit} ({'kept' if figure.kept else 'MISSED'})")
    except NotReady as error:
        sys.exit(str(error))
    console.width = max(console.width, WIDTH)
    console.print(table(figures))
    if options.json:
        options.json.write_text(json.dumps([figure.to_json() for figure in figures], indent=2) + "\n")
    sys.exit(0 if all(figure.kept for figure in figures) else 1)


def measure(groups: list[str], *, small: bool = False) -> Iterator[Figure]:
    """The figures of these groups, in the groups' own order: memory is looked at after the rest."""
    for name, alone in ALONE.items():
        if name in groups:
            yield from alone()
    for name, (group, options) in (APART | LONG).items():
        if name in groups:
            with opened(*options) as cloud:
                yield from (SMALL.get(name, group) if small else group)(cloud)
    together = [group for name, group in GROUPS.items() if name in groups]
    if together:
        with opened() as cloud:
            for group in together:
                yield from group(cloud)


@contextmanager
def opened(*options: str) -> Iterator[Cloud]:
    """A sandbox with these options and the sample's landscape, in a folder that goes with it."""
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        port = free_port()
        variables = {
            **environment(home, port),
            "MUSTER_ENVIRONMENTS": str(environments.write(home / "environments")),
        }
        with _environment(variables), Processes(home / "output", variables) as processes:
            cloud = Cloud(home, processes, port, *options)
            cloud.open()
            yield cloud


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    """Inside, this process has these variables, too: Muster's own clients read them."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


if __name__ == "__main__":
    main()
