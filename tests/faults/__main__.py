"""`python -m tests.faults`: run cells of the matrix, and keep what came of each."""

import argparse
import faulthandler
import random
import signal
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from queue import SimpleQueue

from tests.faults import table
from tests.faults.cell import Cell
from tests.faults.cells import select
from tests.faults.ground import ground
from tests.faults.report import Report
from tests.faults.run import Outcome, run


def main() -> None:
    parser = argparse.ArgumentParser(prog="make faults", description="The fault matrix.")
    parser.add_argument(
        "--cell", default="", metavar="PATTERN", help="cells whose name matches (default: all)"
    )
    parser.add_argument("--seeds", type=int, default=1, metavar="N", help="runs of each cell (default: 1)")
    parser.add_argument("--first-seed", type=int, default=1, metavar="N", help="where the seeds begin (1)")
    parser.add_argument(
        "--shard", default="1/1", metavar="I/N", help="every Nth of these cells, from the Ith"
    )
    parser.add_argument(
        "--side-by-side", type=int, default=2, metavar="N", help="runs at a time (default: 2)"
    )
    parser.add_argument(
        "--missing", action="store_true", help="of these only the runs that the report does not have yet"
    )
    parser.add_argument("--report", type=Path, default=Path(".sandbox/faults.jsonl"), metavar="FILE")
    parser.add_argument(
        "--home", type=Path, metavar="FOLDER", help="for the sandbox (default: a temporary one)"
    )
    parser.add_argument("--list", action="store_true", help="name the cells, and run none")
    parser.add_argument(
        "--table", type=Path, metavar="PAGE", help="put the report's table there, and run none"
    )
    options = parser.parse_args()
    cells = select(options.cell, options.shard)
    if options.list:
        print("\n".join(cell.name for cell in cells))
        return
    if options.table:
        table.write(options.table, Report(options.report).lines())
        return
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the sandbox ends with us
    faulthandler.register(signal.SIGUSR1)  # what every thread waits for
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    report = Report(options.report)
    there = {(line.cell, line.seed) for line in report.lines()} if options.missing else set()
    todo = [(cell, seed) for seed in seeds for cell in cells if (cell.name, seed) not in there]
    with tempfile.TemporaryDirectory() as scratch:
        bad = _run(options.home or Path(scratch), todo, options.side_by_side, report)
    sys.exit(1 if bad else 0)


def _run(home: Path, todo: list[tuple[Cell, int]], lanes: int, report: Report) -> int:
    """All of them, so many at a time; how many violated something."""
    random.Random(len(todo)).shuffle(todo)
    bad = 0
    with (
        ground(home, search=any(cell.needs_search for cell, _ in todo)) as shared,
        ThreadPoolExecutor(lanes) as pool,
    ):
        free: SimpleQueue[int] = SimpleQueue()
        for lane in range(lanes):
            free.put(lane)

        def one(cell: Cell, seed: int) -> Outcome:
            lane = free.get()
            try:
                return run(shared, cell, seed, lane)
            finally:
                free.put(lane)

        runs = [pool.submit(one, cell, seed) for cell, seed in todo]
        try:
            for done, future in enumerate(as_completed(runs), 1):
                outcome = future.result()
                report.add(outcome)
                bad += bool(outcome.violations)
                _tell(f"{done}/{len(todo)}", outcome)
        finally:
            pool.shutdown(cancel_futures=True)
    return bad


def _tell(progress: str, outcome: Outcome) -> None:
    what = f"{outcome.cell}, seed {outcome.seed}, {outcome.release}{'' if outcome.met else ', no fault'}"
    print(f"{progress}  {what}: {outcome.seconds} s")
    for sentence in (*outcome.notes, *outcome.violations):
        print(f"        {sentence}")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
