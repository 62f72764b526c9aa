"""`python -m tests.faults.deploys.flow_run ENV IMAGE REF`: a deploy as a flow run of a Prefect server.

It ends as the command does, by the same exit codes; or with UNTOLD, where Prefect's engine could not tell its
server how the flow had ended, and so does not tell us.
"""

import sys

import httpx
from prefect.exceptions import PrefectHTTPStatusError

from cli.exits import exiting
from cli.progress import show_progress
from domain.release import Release
from flows.deploy import deploy
from tests.faults.command import UNTOLD


def main() -> None:
    environment, image, ref = sys.argv[1:]
    try:
        with exiting(), show_progress():
            deploy(environment, Release(ref=ref, image=image))
    except (httpx.TransportError, PrefectHTTPStatusError):
        sys.exit(UNTOLD)
    except RuntimeError as error:
        if "Failed to reach API" not in str(error):
            raise
        sys.exit(UNTOLD)


if __name__ == "__main__":
    main()
