"""Micro-drills of the sample, for more than an hour: `python -m bench --only microdrills`.

Clean ones by turns of the set's own backup and of the latest instant that can be had, while a few users write
on and on and a new set is taken now and then; then those with a planted defect.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from bench import documents, drills
from bench.backup_ways import instance
from bench.beating import beating
from bench.cloud import Cloud
from bench.figure import Figure
from bench.progress import tell
from bench.users import Users
from domain.drill import Defect, Path, Which
from domain.drill_failures import DrillFailed, ObjectiveMissed
from domain.drill_report import DrillReport
from examples.demo.processes import NotReady
from tasks.drill_reports import read_reports

ENVIRONMENT = "sandbox"
SANDBOX = drills.SANDBOX
RATE = 5.0  # users' requests a second: a few, so that the cores are left to the drills
PER_SET = 10  # clean drills


@dataclass(frozen=True)
class Size:
    """How many clean drills, how often each defect, and how much there is to restore."""

    clean: int = drills.CLEAN
    each: int = drills.EACH
    documents: int = 500


FULL = Size()
SMALL = Size(clean=2, each=1)


def measure(cloud: Cloud, size: Size = FULL) -> Iterator[Figure]:
    """On the sample's own service, database and index."""
    tell("deploying the sample, which makes its index")
    cloud.stage.deploy_base()
    documents.store(instance(cloud), size.documents)
    documents.index(cloud.endpoints["elasticsearch"], size.documents)
    cloud.stage.isolate()
    drills.prepare(cloud)
    with beating(cloud):
        users = Users(cloud, RATE)
        try:
            made = Drills(cloud)
            made.back_up()  # the older one, which is planted as the stale one
            yield from drills.measure(made, size.clean, size.each)
        finally:
            users.stop()


class Drills:
    """Each call is a whole drill, by its own flow in this process: Python and Prefect are there already."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._clean = 0

    def __call__(self, defect: Defect | None) -> DrillReport:
        """The report of a drill with that defect planted. NotReady when it has none."""
        path = Path.BACKUP
        if defect is None:
            if self._clean % PER_SET == 0:
                self.back_up()
            path = Path.POINT_IN_TIME if self._clean % 2 else Path.BACKUP
            self._clean += 1
        before = self._newest()
        ended = self._drill(path, defect)
        report = self._newest()
        if report is None or (before and report.id == before.id):
            raise NotReady(f"a drill has left no report: {ended}")
        return report

    def back_up(self) -> None:
        """One more set."""
        self._cloud.muster("backup", "backup", ENVIRONMENT, "--alone")

    def _drill(self, path: Path, defect: Defect | None) -> str:
        """How it ended. Refused, where it cannot be drilled so."""
        from flows import restore_drill as runbook  # noqa: PLC0415 - Prefect takes a second to import, for this alone

        try:
            return runbook.restore_drill.fn(
                ENVIRONMENT, Which.NEWEST.value, path.value, defect.value if defect else ""
            )
        except (DrillFailed, ObjectiveMissed) as ended:
            return str(ended)

    def _newest(self) -> DrillReport | None:
        found = read_reports(self._cloud.environment(ENVIRONMENT), 1).reports
        return found[-1] if found else None
