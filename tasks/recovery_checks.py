"""What is checked of an environment after its recovery; each check is named and timed."""

import time
from collections.abc import Callable
from datetime import timedelta

from clients.database_instance import read_instance
from clients.environment import Environment
from clients.errors import ClientError
from clients.indices import count_documents
from clients.sql_instances import read_instance_named
from clients.write_attempt import Answer, try_write
from domain import wording
from domain.drill_check import DrillCheck, Result
from domain.recovery_record import RecoveryRecord
from tasks.bound import bound_to
from tasks.repointing import serving_versions
from tasks.step import step

Found = tuple[bool, str]  # whether it passed, and what was found


@step
def check_recovered(
    env: Environment, record: RecoveryRecord, keep: Callable[[], None], *, by_hand: bool
) -> list[DrillCheck]:
    """One writable primary, which is the one that the service is bound to, and which takes backups.

    `by_hand`: nobody can see that the old one is fenced; the operator gave their word.
    """
    if not record.way.changes_database:
        return [_timed("every shard of the index answers", lambda: _searched(env))]
    checks: dict[str, Callable[[], Found]] = {
        "the old primary is fenced": lambda: _fenced(env, record, by_hand=by_hand),
        "the new primary takes writes": lambda: _writable(env, record),
        "the service is bound to it": lambda: _bound(env, record),
        "it takes backups": lambda: _backed_up(env, record),
    }
    made = []
    for name, check in checks.items():
        made.append(_timed(name, check))
        keep()
    return made


def _timed(name: str, check: Callable[[], Found]) -> DrillCheck:
    began = time.monotonic()
    try:
        passed, said = check()
        result = Result.PASSED if passed else Result.FAILED
    except ClientError as error:
        result, said = Result.NOT_RUN, error.what
    return DrillCheck(name, result, said, timedelta(seconds=time.monotonic() - began))


def _fenced(env: Environment, record: RecoveryRecord, *, by_hand: bool) -> Found:
    found = read_instance_named(env, record.old)
    if found is None:
        return True, f"{record.old} is gone"
    answer, said = try_write(env, found.host)
    if answer in {Answer.TAKEN, Answer.CLOSED_TO_US}:
        return False, f"{record.old} answers: {said}"
    if found.stopped or not found.runs:
        return True, f"{record.old} is {'stopped' if found.stopped else found.state}: {answer}"
    return by_hand, f"{record.old} is {found.state}; {answer}; its fence is the operator's word"


def _searched(env: Environment) -> Found:
    counts = count_documents(env)
    said = ", ".join(
        f"{name}: {wording.counted(count, 'document')}" for name, count in sorted(counts.items())
    )
    return bool(counts), said or "there is no index"


def _writable(env: Environment, record: RecoveryRecord) -> Found:
    found = read_instance_named(env, record.new)
    if found is None:
        return False, f"{record.new} is gone"
    answer, said = try_write(env, found.host)
    return answer is Answer.TAKEN and not found.replica_of, f"{record.new}: {said}"


def _bound(env: Environment, record: RecoveryRecord) -> Found:
    versions = serving_versions(env)
    others = {name: number for name, number in record.secrets.items() if versions.get(name, number) != number}
    if others or not set(record.secrets) & set(versions):
        return False, "the revision that serves was given other versions of the secrets"
    return True, f"{record.revision} serves, with the secrets' new versions"


def _backed_up(env: Environment, record: RecoveryRecord) -> Found:
    found = read_instance(bound_to(env, record.new))
    on = bool(found and found.backups and found.point_in_time_recovery)
    return on, f"{record.new}: backups and point-in-time recovery are {'on' if on else 'off'}"
