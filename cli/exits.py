"""How a command ends: signals become exceptions, exceptions become sentences and exit codes."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from rich.console import Console
from rich.text import Text

from clients.errors import ClientError
from domain.canary import CanaryRejected
from domain.drill_failures import DrillFailed, ObjectiveMissed
from domain.freshness_report import TooOld
from domain.lease import LeaseExpiring, LeaseLost
from domain.migration import MigrationRejected
from domain.orders import Aborted
from domain.record import EXIT_CODES, Result
from domain.refusal import Refused
from domain.second_copy import CopyOwed
from domain.set_check import CheckNotMade, SetWrong
from domain.smoke import SmokeFailed
from domain.traffic import TrafficChanged
from tasks.database_backups import BackupFailed
from tasks.expiry import CatalogueChanged, NotExpired
from tasks.exports import ExportFailed
from tasks.fencing import NotFenced
from tasks.migrations import MigrationFailed
from tasks.recovery_points import RecoveryPointFailed
from tasks.recovery_sets import SetIncomplete
from tasks.repointing import NotRepointed
from tasks.revisions import RevisionFailed
from tasks.search_recoveries import SearchNotRecovered
from tasks.snapshots import SnapshotFailed
from tasks.sql_work import WorkFailed

SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
HANDED_OVER = (LeaseLost, TrafficChanged)
FAILED = (
    Aborted,
    BackupFailed,
    CanaryRejected,
    CatalogueChanged,
    CheckNotMade,
    ClientError,
    CopyOwed,
    DrillFailed,
    ExportFailed,
    LeaseExpiring,
    MigrationFailed,
    MigrationRejected,
    NotExpired,
    NotFenced,
    NotRepointed,
    ObjectiveMissed,
    RecoveryPointFailed,
    RevisionFailed,
    SearchNotRecovered,
    SetIncomplete,
    SetWrong,
    SmokeFailed,
    SnapshotFailed,
    TooOld,
    WorkFailed,
)


class Stopped(BaseException):
    """The command was asked to stop. Not an Exception: nothing but the undoing is to catch it."""


@contextmanager
def exiting() -> Iterator[None]:
    """Inside, SIGTERM, SIGHUP and SIGINT raise Stopped; errors end the command with a sentence and a code."""
    before = {number: signal.signal(number, _stop) for number in SIGNALS}
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        yield
    except Refused as refusal:
        _show(console, refusal)
        sys.exit(EXIT_CODES[Result.REFUSED])
    except HANDED_OVER as error:
        console.print("handed over:", error, style="yellow", markup=False)
        sys.exit(EXIT_CODES[Result.HANDED_OVER])
    except FAILED as error:
        console.print("failed:", error, style="red", markup=False)
        sys.exit(EXIT_CODES[Result.FAILED])
    except Stopped as error:
        console.print("stopped:", error, style="red", markup=False)
        sys.exit(EXIT_CODES[Result.FAILED])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _show(console: Console, refusal: Refused) -> None:
    """Each problem with its remedy beneath it; brackets in them are no markup."""
    for problem in refusal.problems:
        console.print(Text.assemble(("refused", "bold red"), f" {problem.what}"))
        console.print(f"        {problem.remedy}", markup=False)


def _stop(number: int, _: FrameType | None) -> None:
    """Once: what comes after must not interrupt the undoing that the first one began."""
    for again in SIGNALS:
        signal.signal(again, signal.SIG_IGN)
    raise Stopped(f"by {signal.Signals(number).name}")
