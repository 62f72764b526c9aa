"""`--help` is the first documentation, and how a command ends is told by its exit code."""

import signal

import pytest

from cli.exits import Stopped, exiting
from clients.errors import Rejected, Unavailable
from domain.canary import CanaryRejected, Outcome, Verdict
from domain.lease import LeaseExpiring, LeaseLost
from domain.refusal import refuse
from domain.smoke import SmokeFailed
from domain.traffic import TrafficChanged
from tasks.database_backups import BackupFailed
from tasks.exports import ExportFailed
from tests.cli.conftest import command
from tests.flows.runs import muster

WIDE = {"COLUMNS": "140"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(
            [],
            [
                "deploy",
                "rollback",
                "status",
                "0: done",
                "1: failed",
                "2: refused",
                "3: handed over",
                "MUSTER_ENVIRONMENTS",
                "MUSTER_ENDPOINTS",
                "MUSTER_WHO",
                "deployments/environments",
            ],
            id="muster",
        ),
        pytest.param(
            ["deploy"],
            [
                "--source",
                "--image",
                "--ref",
                "--contract",
                "--unseen-migration",
                "--fix-forward",
                "--wait",
                "put everyone back on the baseline",
                "Example: muster deploy",
            ],
            id="muster deploy",
        ),
        pytest.param(
            ["rollback"], ["--to", "--skip-smoke", "former baseline", "ends with 3"], id="muster rollback"
        ),
        pytest.param(["verify"], ["[SET]", "loses its proof", "Example: muster verify"], id="muster verify"),
        pytest.param(["copy"], ["[SET]", "second vault", "goes on where it was"], id="muster copy"),
        pytest.param(["export"], ["newest complete recovery set", "ends with 0"], id="muster export"),
        pytest.param(["snapshot"], ["search.keep_snapshots", "is not whole"], id="muster snapshot"),
        pytest.param(["status"], ["It changes nothing", "COLUMNS"], id="muster status"),
        pytest.param(["sets"], ["--json", "proven", "It changes nothing"], id="muster sets"),
        pytest.param(["pin"], ["--why", "--until", "Example: muster pin production"], id="muster pin"),
        pytest.param(["unpin"], ["--all"], id="muster unpin"),
        pytest.param(["expire"], ["--apply", "the very same plan", "exit code 2"], id="muster expire"),
        pytest.param(
            ["drill"],
            [
                "--set",
                "--path",
                "--defect",
                "--keep-for",
                "never written to",
                "ends with 1",
                "Example: muster drill production --set random",
            ],
            id="muster drill",
        ),
        pytest.param(
            ["dr-drill"],
            ["primary-lost", "--lose", "--accept-loss", "ends with 1", "Example: muster dr-drill staging"],
            id="muster dr-drill",
        ),
        pytest.param(
            ["recover"],
            ["--failover", "--at", "--fenced-by-hand", "Without --apply", "Example: muster recover"],
            id="muster recover",
        ),
        pytest.param(
            ["reap"], ["--every", "drill.lease", "Several copies", "Example: muster reap"], id="muster reap"
        ),
        pytest.param(["drills"], ["--newest", "--json", "It changes nothing"], id="muster drills"),
        pytest.param(
            ["heartbeat"],
            ["once a second", "heartbeat.write", "Example: muster heartbeat production"],
            id="muster heartbeat",
        ),
        pytest.param(["freshness"], ["cron or an uptime check", "Exit codes"], id="muster freshness"),
    ],
)
def test_help_says_what_happens(arguments: list[str], says: list[str]) -> None:
    ended = command(*arguments, "--help", **WIDE)
    assert ended.code == 0
    for words in says:
        assert words in ended.said


def test_the_command_is_installed() -> None:
    ended = muster("--help", **WIDE)
    assert ended.code == 0
    assert "Exit codes" in ended.said


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param([], id="nothing"),
        pytest.param(["deply"], id="an unknown command"),
        pytest.param(["deploy"], id="no environment"),
        pytest.param(["deploy", "x", "--force"], id="an unknown option"),
    ],
)
def test_a_command_that_is_none_is_refused_with_a_way_on(arguments: list[str]) -> None:
    ended = command(*arguments)
    assert ended.code == 2
    assert "Usage: " in ended.said


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        pytest.param(
            refuse("shop: busy", "wait [--wait]"),
            2,
            "refused shop: busy\n        wait [--wait]",
            id="refused",
        ),
        pytest.param(
            CanaryRejected(Verdict(Outcome.FAIL, ("it errs more",))), 1, "failed: it errs more", id="rejected"
        ),
        pytest.param(SmokeFailed("check 'page' failed"), 1, "failed: check 'page' failed", id="smoke"),
        pytest.param(BackupFailed("db: it is FAILED"), 1, "failed: db: it is FAILED", id="a backup"),
        pytest.param(ExportFailed("db: UNKNOWN"), 1, "failed: db: UNKNOWN", id="an export"),
        pytest.param(LeaseExpiring("not renewed"), 1, "failed: not renewed", id="a lease about to end"),
        pytest.param(
            Unavailable("Slack: no answer", "again"), 1, "failed: Slack: no answer; again", id="no answer"
        ),
        pytest.param(Rejected("no [such] thing"), 1, "failed: no [such] thing", id="words in brackets"),
        pytest.param(LeaseLost("held by another"), 3, "handed over: held by another", id="the lease lost"),
        pytest.param(TrafficChanged("split by hand"), 3, "handed over: split by hand", id="another's split"),
        pytest.param(Stopped("by SIGTERM"), 1, "stopped: by SIGTERM", id="stopped"),
    ],
)
def test_an_error_is_a_sentence_and_a_code(
    capsys: pytest.CaptureFixture[str], error: BaseException, code: int, says: str
) -> None:
    with pytest.raises(SystemExit) as ended, exiting():
        raise error
    assert ended.value.code == code
    assert capsys.readouterr().err.strip() == says


def test_what_nobody_foresaw_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError), exiting():
        raise ZeroDivisionError


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_is_an_exception_once(number: signal.Signals) -> None:
    undone = []

    def run() -> None:
        with exiting():
            try:
                signal.raise_signal(number)
            except Stopped:
                signal.raise_signal(signal.SIGTERM)  # what comes after does not interrupt the undoing
                undone.append(True)
                raise

    with pytest.raises(SystemExit) as ended:
        run()
    assert ended.value.code == 1
    assert undone
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
