"""`python -m sandbox`: run the cloud in the foreground until SIGINT or SIGTERM."""

import argparse
import asyncio
import fcntl
import logging
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from sandbox.cloud import SERVERS, Cloud
from sandbox.kernel.errors import CannotStart
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
    parser.add_argument(
        "--restore-quota",
        type=int,
        default=3,
        metavar="N",
        help="restores of one Cloud SQL backup in 30 minutes (default: 3)",
    )
    parser.add_argument(
        "--recovery-lag",
        type=float,
        default=10.0,
        metavar="SECONDS",
        help="how far Cloud SQL's archived log may trail what is committed (default: 10)",
    )
    parser.add_argument(
        "--pace",
        type=_pace,
        action="append",
        default=[],
        metavar="TYPE=SECONDS",
        help="how long Cloud SQL operations of a type take at least, such as CLONE=488",
    )
    parser.add_argument(
        "--lock-linger",
        type=float,
        default=1.0,
        metavar="SECONDS",
        help="how long a clone's source or a replica's primary stays locked after DONE (default: 1)",
    )
    parser.add_argument(
        "--idle",
        type=float,
        default=900.0,
        metavar="SECONDS",
        help="without a request, until an instance beyond the minimum is stopped (default: 900)",
    )
    parser.add_argument(
        "--lifecycle-every",
        type=float,
        default=60.0,
        metavar="SECONDS",
        help="between two rounds of Cloud Storage's lifecycle rules (default: 60)",
    )
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        choices=SERVERS,
        help="leave out one that has a server of its own: Elasticsearch takes most of the start",
    )
    parser.add_argument(
        "--when-ready", default="", metavar="COMMAND", help="a command to run once everything answers"
    )
    parser.add_argument(
        "--beside",
        action="append",
        default=[],
        metavar="COMMAND",
        help="a command that runs from then on, as long as we do; may be given again",
    )
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    options.home.mkdir(parents=True, exist_ok=True)
    settings = Settings(
        home=options.home.resolve(),
        log_lag=options.log_lag,
        idle=options.idle,
        backup_quota=options.backup_quota,
        lifecycle_every=options.lifecycle_every,
        restore_quota=options.restore_quota,
        recovery_lag=options.recovery_lag,
        pace=dict(options.pace),
        lock_linger=options.lock_linger,
        without=frozenset(options.without),
    )
    with (options.home / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit(f"{options.home}: another sandbox runs in this folder; stop it, or set SANDBOX_DIR")
        try:
            asyncio.run(_run(settings, options.when_ready, options.beside))
        except CannotStart as error:
            sys.exit(str(error))


def _pace(text: str) -> tuple[str, float]:
    kind, _, seconds = text.partition("=")
    return kind, float(seconds)


async def _run(settings: Settings, when_ready: str, beside: Sequence[str]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    cloud = Cloud(settings)
    serving = asyncio.create_task(_serve(cloud, when_ready, beside))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            serving.result()
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        await cloud.stop()


async def _serve(cloud: Cloud, when_ready: str, beside: Sequence[str]) -> None:
    """Start, say where everything is, run what is to run then, and go on for ever."""
    for name, address in (await cloud.start()).items():
        print(f"{name:14} {address or '-'}", flush=True)
    if when_ready:
        process = await asyncio.create_subprocess_shell(when_ready)
        if await process.wait():
            raise CannotStart(f"{when_ready}: ended with {process.returncode}")
    for command in beside:
        await cloud.kernel.children.start(
            "beside", ["sh", "-c", command], env=os.environ, on_line=lambda _, line: print(line, flush=True)
        )
    await asyncio.Event().wait()


if __name__ == "__main__":
    main()
