"""`make bench`: every promised figure, measured on a sandbox of its own. Exit code 1: a limit was missed."""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from bench import (
    calls,
    catalogue,
    copy,
    deaths,
    environments,
    memory,
    releases,
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
WIDTH = 170  # of the table where the output is no terminal


def main() -> None:
    """Measure, print the table, and keep it as JSON where that was asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--only", action="append", choices=[*ALONE, *GROUPS], help="only this group; may be repeated"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    options = parser.parse_args()
    figures = []
    try:
        for figure in measure(options.only or [*ALONE, *GROUPS]):
            figures.append(figure)
            tell(f"{figure.name}: {figure.value:.4g} {figure.unit} ({'kept' if figure.kept else 'MISSED'})")
    except NotReady as error:
        sys.exit(str(error))
    console.width = max(console.width, WIDTH)
    console.print(table(figures))
    if options.json:
        options.json.write_text(json.dumps([figure.to_json() for figure in figures], indent=2) + "\n")
    sys.exit(0 if all(figure.kept for figure in figures) else 1)


def measure(groups: list[str]) -> Iterator[Figure]:
    """The figures of these groups, in the groups' own order: memory is looked at after the rest."""
    for name, alone in ALONE.items():
        if name in groups:
            yield from alone()
    if set(groups) <= set(ALONE):
        return
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        port = free_port()
        variables = {
            **environment(home, port),
            "MUSTER_ENVIRONMENTS": str(environments.write(home / "environments")),
        }
        os.environ.update(variables)
        with Processes(home / "output", variables) as processes:
            cloud = Cloud(home, processes, port)
            cloud.open()
            for name, group in GROUPS.items():
                if name in groups:
                    yield from group(cloud)


if __name__ == "__main__":
    main()
