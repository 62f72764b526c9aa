"""Why a recovery is not begun."""

from domain import wording
from domain.drill_report import Promise
from domain.loss import Unmeasurable
from domain.recovery_facts import Facts
from domain.recovery_forecast import Forecast
from domain.recovery_record import RecoveryRecord
from domain.recovery_steps import clock
from domain.recovery_wish import OPTION, SAID, Way, Wish
from domain.refusal import Problem


def not_at_all(facts: Facts, wish: Wish) -> list[Problem]:
    """What no reading of the cloud could help."""
    if wish.way is Way.SEARCH:
        if facts.searches:
            return []
        return [Problem(f"{facts.environment}: it has no search", "describe it under search in the file")]
    if not facts.database:
        return [Problem(f"{facts.environment}: it has no database", "describe it under database in the file")]
    found = []
    if not facts.binding:
        found.append(
            Problem(
                f"{facts.environment}: nothing says how the service finds its database",
                "write database.binding into the environment's file",
            )
        )
    if wish.at and wish.at > facts.now:
        found.append(
            Problem(f"{wish.at:%Y-%m-%d %H:%M:%S} UTC is in the future", "name an instant before the damage")
        )
    return found


def begun_otherwise(facts: Facts) -> Problem | None:
    """A recovery to something else that cannot be taken back."""
    record = facts.record
    if record is None or not record.open or record.old != facts.database or not record.irrevocable:
        return None
    return Problem(
        f"{facts.environment}: recovery {record.id} ({SAID[record.way]}) has made {record.new} writable, "
        "and has not come to its end",
        f"go on with it: muster recover {facts.environment} {_option(record)} --apply",
    )


def was_recovered(facts: Facts) -> Problem | None:
    """The file still names the instance from before."""
    record = facts.record
    if record is None or record.open or not record.way.changes_database or record.old != facts.database:
        return None
    return Problem(
        f"{facts.environment}: recovery {record.id} brought it to {record.new} already, and the "
        f"environment's file still names {record.old}",
        f"write database.instance: {record.new}",
    )


def too_much(lost: Forecast, promise: Promise) -> Problem | None:
    """Why that loss is not taken without the operator's word."""
    loss, how = lost
    remedy = "choose another way or instant, or take it upon you with --accept-loss"
    if isinstance(loss, Unmeasurable):
        return Problem(f"the loss cannot be predicted: {loss.why}", remedy)
    if loss <= promise.rpo:
        return None
    length, most = wording.length(loss), wording.length(promise.rpo)
    return Problem(f"predicted to lose {length} of writes, the objective is {most} ({how})", remedy)


def _option(record: RecoveryRecord) -> str:
    return OPTION[record.way].replace("ID", record.set_id).replace("INSTANT", clock(record.to_at))
