"""Deploys under way and done: run in processes of their own, sampled, and read back from the vault."""

import json
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bench.cloud import Cloud
from bench.progress import tell
from domain.record import EXIT_CODES, ReleaseRecord, Result
from examples.demo.processes import NotReady
from tasks.records import latest_records

SEEN = 0.95  # the share of a deploy that has to have been sampled


@dataclass(frozen=True)
class Deployment:
    """One that ended: its record, the seconds of it that were its own, those that its process computed."""

    record: ReleaseRecord
    own: float
    computed: float
    work: Counter[str]  # seconds by what they were spent on

    @property
    def took(self) -> float:
        return self.record.took.total_seconds()

    @property
    def mostly(self) -> str:
        """Where most of its own time went."""
        return ", ".join(f"{name} {seconds:.1f} s" for name, seconds in self.work.most_common(3))


def deploy(cloud: Cloud, release: str, result: Result, *options: str) -> Deployment:
    """Deploy it to the sample's service. NotReady when it does not end as it has to."""
    how = " by Prefect" if options else ""
    tell(f"deploying {release}{how}")
    samples = cloud.home / f"{release}.json"
    process = cloud.processes.start(
        release,
        sys.executable,
        "-m",
        "bench.sampled",
        samples,
        "sandbox",
        cloud.stage.source(release),
        *options,
    )
    code = process.wait()
    record = latest_records(cloud.environment("sandbox"), 1)[0]
    if (record.ref, record.result, code) != (release, result, EXIT_CODES[result]):
        log = (cloud.home / "output" / f"{release}.log").read_text()
        raise NotReady(
            f"{release}: ended with {code}, not as {result}; the newest record is of {record.ref}\n{log}"
        )
    tell(f"{release}: {record.result} after {record.took.total_seconds():.1f} s {record.reason}")
    return _deployment(record, json.loads(samples.read_text()))


def roll_back(cloud: Cloud, to: str) -> None:
    """Go back to that revision, by the command."""
    cloud.muster("rollback", "rollback", "sandbox", "--to", to)
    record = latest_records(cloud.environment("sandbox"), 1)[0]
    steps = ", ".join(f"{step.name} {step.seconds:.1f} s" for step in record.steps)
    tell(f"{record.result} after {record.took.total_seconds():.1f} s: {steps}")


def _deployment(record: ReleaseRecord, samples: list[dict[str, Any]]) -> Deployment:
    """Of the samples, those between its beginning and its end; what follows it is not in the record.

    NotReady when they do not tell of all that time: what nobody looked at is no waiting.
    """
    assert record.ended_at
    work: Counter[str] = Counter()
    computed = 0.0
    for sample in samples:
        if record.started_at <= datetime.fromisoformat(sample["at"]) <= record.ended_at:
            work[sample["work"]] += sample["seconds"]
            computed += sample["computed"]
    if work.total() < SEEN * record.took.total_seconds():
        raise NotReady(
            f"{record.ref}: sampled for {work.total():.1f} s of {record.took.total_seconds():.1f} s"
        )
    work.pop("", None)
    return Deployment(record, work.total(), computed, work)
