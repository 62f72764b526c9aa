"""Recording a run, whatever becomes of it; and finishing the record of one that died."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from clients.environment import Environment
from clients.objects import link, list_names, read_json
from clients.settings import who
from clients.slack import Place
from domain.draft import Draft
from domain.lease import LeaseLost, taken_for_dead
from domain.record import ReleaseRecord, Result, record_from_json
from domain.refusal import Refused
from domain.traffic import TrafficChanged
from tasks.announcements import Announcer
from tasks.drafts import Drafter
from tasks.endings import finish, record_name
from tasks.journal import Journal, journalling
from tasks.run_state import RunState
from tasks.runs import new_id, run_url
from tasks.undisturbed import undisturbed


@contextmanager
def recording(kind: str, env: Environment, ref: str) -> Iterator[ReleaseRecord]:
    """Inside, a run is under way; at its end it is recorded and announced, and an exception goes on.

    The flow sets the result where it knows better than the exception: PROMOTED, UNCHANGED, ROLLED_BACK.

    Raises:
        LeaseLost: the run was taken for dead, and somebody else has ended its record.
    """
    record = ReleaseRecord(
        id=new_id(),
        kind=kind,
        environment=env.name,
        service=env.service.name,
        ref=ref,
        who=who(),
        started_at=datetime.now(UTC),
        run_url=run_url(),
    )
    record.record_url = link(env, env.vault, record_name(env.name, record.id))
    drafter = Drafter(env, record.id)
    state = RunState()
    with journalling(Journal(record, Announcer(env, placed=drafter.heard_at), drafter, state)) as journal:
        journal.show("begun")
        failure: BaseException | None = None
        try:
            yield record
        except BaseException as raised:
            failure = raised
            record.result = _result(record, raised)
            record.reason = str(raised) or type(raised).__name__
            raise
        finally:
            with undisturbed():
                ours = finish(env, journal)
                drafter.close()
                state.close()
            if not ours and (failure is None or isinstance(failure, Exception)):
                raise LeaseLost(taken_for_dead(env.name)) from failure


@contextmanager
def resuming(env: Environment, draft: Draft) -> Iterator[ReleaseRecord]:
    """Inside, somebody else ends a run that died; then its record is finished and its message says so.

    What the draft tells goes on from there; the caller sets result and reason. Safe to repeat.
    """
    record = draft.record
    place = Place(draft.channel, draft.ts) if draft.ts else None
    announcer = Announcer(env, place, resumes=True)
    journal = Journal(record, announcer, None, met_at=draft.met_at, proven_at=draft.proven_at)
    with journalling(journal):
        try:
            yield record
        except BaseException as failure:
            journal.show(f":warning: its process ended without a word, and settling it failed: {failure}")
            journal.announcer.close()
            raise
        finish(env, journal)


def kept_record(env: Environment, run: str) -> ReleaseRecord | None:
    """The record of that run as it stands in the vault; None while it does not."""
    content = read_json(env, env.vault, record_name(env.name, run))
    return record_from_json(content) if content else None


def latest_records(env: Environment, count: int) -> list[ReleaseRecord]:
    """The newest records of an environment, newest first."""
    names = list_names(env, env.vault, f"releases/{env.name}/")
    found = (read_json(env, env.vault, name) for name in names[::-1][:count])
    return [record_from_json(content) for content in found if content]


def _result(record: ReleaseRecord, failure: BaseException) -> Result:
    if isinstance(failure, LeaseLost | TrafficChanged):
        return Result.HANDED_OVER
    if isinstance(failure, Refused):
        return Result.REFUSED
    return record.result or Result.FAILED
