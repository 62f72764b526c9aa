"""A deploy that is watched from inside: `python -m bench.sampled FILE ENVIRONMENT SOURCE [--prefect]`.

The same steps as `muster deploy`, or as a flow run. What was sampled is written to the file.
"""

import argparse
import json
import threading
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

from bench.sampler import Sampler
from cli.exits import exiting
from cli.progress import show_progress
from domain.release import Release
from flows.deploy import deploy


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.sampled", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("environment")
    parser.add_argument("source", type=Path)
    parser.add_argument("--prefect", action="store_true", help="as a flow run of the server that is set")
    options = parser.parse_args()
    release = Release(ref=options.source.name, source=str(options.source))
    runbook = deploy if options.prefect else deploy.fn
    sampler = Sampler(threading.main_thread().ident or 0)
    try:
        with exiting(), show_progress():
            runbook(options.environment, release, timedelta(0))
    finally:
        sampler.stop()
        options.file.write_text(json.dumps([asdict(sample) for sample in sampler.samples]))


if __name__ == "__main__":
    main()
