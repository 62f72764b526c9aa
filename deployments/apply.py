"""`python -m deployments.apply`: work pool, deployments and automations, as they are described here.

Safe to repeat: what is there is brought in line. It speaks to the server that PREFECT_API_URL names.
"""

import subprocess
import sys
from pathlib import Path
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.events.schemas.automations import AutomationCore

from deployments.automations import automations

PREFECT = Path(sys.executable).with_name("prefect")
POOL = "muster"
ROOT = Path(__file__).parents[1]


def main() -> None:
    """Put everything in place; the exit code of the first command that fails."""
    _prefect("work-pool", "create", POOL, "--type", "process", "--overwrite")
    _prefect("--no-prompt", "deploy", "--all")
    for automation in automations(_deployment("rollback/rollback")):
        _replace(automation)
        print(f"automation {automation.name!r} is in place")


def _prefect(*arguments: str) -> None:
    done = subprocess.run([PREFECT, *arguments], cwd=ROOT, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def _deployment(name: str) -> UUID:
    with get_client(sync_client=True) as client:
        return client.read_deployment_by_name(name).id


def _replace(automation: AutomationCore) -> None:
    """One of a name, whatever there was."""
    with get_client(sync_client=True) as client:
        for known in client.read_automations_by_name(automation.name):
            client.delete_automation(known.id)
        client.create_automation(automation)


if __name__ == "__main__":
    main()
