"""`make demo`: releases of a real service, good and bad, a backup, a drill and a failover, on localhost."""

import argparse
import contextlib
import os
import signal
import sys
from pathlib import Path
from types import FrameType

from examples.demo.demo import Demo
from examples.demo.processes import NotReady, Processes
from examples.demo.stage import Stage, environment, free_port, fresh

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """The person has seen enough."""


def main() -> None:
    """Play it. On a terminal it serves on until Ctrl-C. Exit code 0: all ended as it should."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="stop everything at the end, on a terminal too")
    options = parser.parse_args()
    for number in SIGNALS:
        signal.signal(number, stop)
    home = fresh(Path(os.environ.get("SANDBOX_DIR", ".sandbox")) / "demo")
    right = False
    try:
        right = play(home, stay=sys.stdout.isatty() and not options.once)
    except NotReady as error:
        sys.exit(f"{error}\nall output is in {home / 'output'}")
    except Stopped:
        sys.exit("stopped")
    sys.exit(0 if right else 1)


def play(home: Path, *, stay: bool) -> bool:
    """From an empty folder to the table; whether every release ended as it should."""
    port = free_port()
    with Processes(home / "output", environment(home, port)) as processes:
        demo = Demo(Stage(home, processes, port))
        demo.set_the_stage()
        demo.play()
        proven = demo.back_up() and demo.drill()
        demo.fail_over()
        right = demo.sum_up() and proven
        if stay:
            demo.tell("everything serves on; Ctrl-C ends it")
            with contextlib.suppress(Stopped):
                signal.pause()
    return right


def stop(number: int, _: FrameType | None) -> None:
    for again in SIGNALS:
        signal.signal(again, signal.SIG_IGN)
    raise Stopped(signal.Signals(number).name)


if __name__ == "__main__":
    main()
