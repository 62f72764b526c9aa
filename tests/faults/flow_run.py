"""`python -m tests.faults.flow_run ENV IMAGE REF`: a deploy as a flow run of a Prefect server.

It ends as the command does, by the same exit codes.
"""

import sys

from cli.exits import exiting
from cli.progress import show_progress
from domain.release import Release
from flows.deploy import deploy


def main() -> None:
    environment, image, ref = sys.argv[1:]
    with exiting(), show_progress():
        deploy(environment, Release(ref=ref, image=image))


if __name__ == "__main__":
    main()
