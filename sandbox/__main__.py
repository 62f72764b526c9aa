"""`python -m sandbox`: run the cloud in the foreground until SIGINT or SIGTERM."""

import argparse
import asyncio
import fcntl
import logging
import os
import signal
import sys
from pathlib import Path

from sandbox.cloud import Cloud
from sandbox.kernel.settings import Settings


def main() -> None:
    """Read the command line, take the folder for ourselves, run."""
    parser = argparse.ArgumentParser(prog="sandbox", description="A cloud on localhost.")
    parser.add_argument(
        "--home",
        type=Path,
        default=Path(os.environ.get("SANDBOX_DIR", ".sandbox")),
        help="where everything is kept (default: $SANDBOX_DIR, or .sandbox)",
    )
    parser.add_argument(
        "--log-lag",
        type=float,
        default=1.0,
        metavar="SECONDS",
        help="from writing a log entry to being able to read it (default: 1)",
    )
    parser.add_argument(
        "--backup-quota",
        type=int,
        default=5,
        metavar="N",
        help="on-demand backups a Cloud SQL instance takes in 50 minutes (default: 5)",
    )
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    options.home.mkdir(parents=True, exist_ok=True)
    settings = Settings(
        home=options.home.resolve(), log_lag=options.log_lag, backup_quota=options.backup_quota
    )
    with (options.home / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit(f"{options.home}: another sandbox runs in this folder; stop it, or set SANDBOX_DIR")
        asyncio.run(_run(settings))


async def _run(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    cloud = Cloud(settings)
    starting = asyncio.create_task(cloud.start())
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            for name, address in starting.result().items():
                print(f"{name:14} {address}", flush=True)
            await stop.wait()
    finally:
        starting.cancel()
        stopping.cancel()
        await asyncio.gather(starting, stopping, return_exceptions=True)
        await cloud.stop()


if __name__ == "__main__":
    main()
