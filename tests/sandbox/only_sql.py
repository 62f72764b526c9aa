"""A sandbox in which only Cloud SQL starts: for tests that start one of their own, again and again.

`python -m tests.sandbox.only_sql FOLDER SETTINGS`, settings as JSON, until it is killed or told to end.
"""

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Any

from sandbox.cloud import Cloud
from sandbox.kernel.settings import Settings


async def main(home: Path, settings: dict[str, Any]) -> None:
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    cloud = Cloud(Settings(home=home, **settings))
    cloud.systems = [cloud.sql]
    try:
        await cloud.start()
        await told.wait()
    finally:
        await cloud.stop()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]).resolve(), json.loads(sys.argv[2])))
