"""Drills of a small database, again and again: clean ones raise no alarm, and each planted defect is caught.

An alarm is a check that did not pass, or what ended the drill, or that it did not pass for another reason. A
defect counts as caught if it was each time.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

from bench.cloud import Cloud
from bench.environments import ANOTHER
from bench.figure import Figure, Peer, at_least, at_most
from bench.progress import tell
from domain.drill import Defect
from domain.drill_report import DrillReport, Verdict
from domain.drill_verdict import caught_by

CLEAN, EACH = 200, 5
SANDBOX = ("--restore-quota", "100000", "--backup-quota", "100000", "--lock-linger", "0")

Drill = Callable[[Defect | None], DrillReport]  # with that defect planted


def measure(drill: Drill, clean: int = CLEAN, each: int = EACH) -> Iterator[Figure]:
    """False alarms of clean drills; then how many of the twelve defects were caught, all of their times."""
    alarms: list[str] = []
    passed = 0
    for turn in range(clean):
        tell(f"clean drill {turn + 1} of {clean}, {len(alarms)} alarms")
        report = drill(None)
        passed += sum(check.passed for check in report.checks)
        alarms += _alarms(report)
    yield at_most(
        f"{clean} clean drills: false alarms",
        len(alarms),
        "alarms",
        0,
        Peer("checks that passed", passed),
        note="; ".join(alarms[:3]),
    )
    missed: list[str] = []
    for defect in Defect:
        tell(f"planting {defect}, {each} times")
        times = sum(bool(caught_by(drill(defect))) for _ in range(each))
        missed += [f"{defect}: {times} of {each}"] if times < each else []
    yield at_least(
        f"planted defects caught, each of {each} times",
        len(Defect) - len(missed),
        "defects",
        len(Defect),
        Peer("of these can be planted on a real project", 6),
        note="; ".join(missed),
    )


def _alarms(report: DrillReport) -> list[str]:
    found = [report.failure] if report.failure else []
    found += [f"{check.name}: {check.said}" for check in report.checks if not check.passed]
    if report.verdict in {None, Verdict.PASSED} or found:
        return found
    return [reason.what for reason in report.reasons]


def prepare(cloud: Cloud) -> None:
    """Another instance with a backup, which can stand in the place of the set's."""
    root = f"/v1/projects/{cloud.endpoints['project']}"
    tell(f"making {ANOTHER} and its backup")
    body: dict[str, Any] = {
        "name": ANOTHER,
        "databaseVersion": "POSTGRES_17",
        "settings": {"tier": "db-custom-1-3840"},
    }
    for path, asked in (("instances", body), (f"instances/{ANOTHER}/backupRuns", {})):
        operation = cloud.ask("POST", f"{root}/{path}", asked)
        while operation["status"] != "DONE":
            time.sleep(0.2)
            operation = cloud.ask("GET", f"{root}/operations/{operation['name']}")
        if "error" in operation:
            raise AssertionError(f"{ANOTHER}: {operation['error']}")
