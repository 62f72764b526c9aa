"""A sandbox in which only Cloud SQL starts: for tests that start one of their own, again and again.

`python -m tests.sandbox.only_sql FOLDER BACKUP_QUOTA`, until it is killed or told to end.
"""

import asyncio
import signal
import sys
from pathlib import Path

from sandbox.cloud import Cloud
from sandbox.kernel.settings import Settings


async def main(home: Path, backup_quota: int) -> None:
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    cloud = Cloud(Settings(home=home, backup_quota=backup_quota))
    cloud.systems = [cloud.sql]
    try:
        await cloud.start()
        await told.wait()
    finally:
        await cloud.stop()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]).resolve(), int(sys.argv[2])))
