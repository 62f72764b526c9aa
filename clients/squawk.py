"""The migration linter (https://squawkhq.com): SQL in, findings out; no database needed."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from clients.errors import Rejected
from domain.migration import Finding, Step

POSTGRESQL = "17"


def lint(step: Step) -> list[Finding]:
    """What the linter says of one step's SQL. Rejected when it cannot be run.

    Steps are linted one by one: in a whole history tables made in the same file count as new, which hides
    what a lock on them would do.
    """
    if not step.sql:
        return []
    command = [_binary(), "--reporter", "json", "--pg-version", POSTGRESQL, "--stdin-filepath", step.revision]
    try:
        run = subprocess.run(command, input=step.sql, text=True, capture_output=True, timeout=60, check=False)
        found = json.loads(run.stdout or "[]")
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise Rejected(f"squawk: it could not lint migration {step.revision}: {error}") from error
    if run.returncode not in {0, 1}:
        raise Rejected(
            f"squawk: it ended with {run.returncode} on {step.revision}: {run.stderr.strip()[:300]}"
        )
    return [
        Finding(step.revision, one["rule_name"], one["line"] + 1, one["message"], one["help"] or "")
        for one in found
    ]


def _binary() -> str:
    """Beside this interpreter, where its wheel put it, or on the PATH."""
    beside = Path(sys.executable).with_name("squawk")
    return str(beside) if beside.exists() else shutil.which("squawk") or "squawk"
