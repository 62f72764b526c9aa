"""What has to hold of what is told of a run, in its record and in Slack, held against what was seen."""

from collections.abc import Iterator

from domain.messages import end_text
from domain.record import EXIT_CODES, ReleaseRecord, Result
from tests.faults.deploys.seen import Seen

UNDER_WAY = ":hourglass"
HANDED_OVER = EXIT_CODES[Result.HANDED_OVER]


def each_run_has_one_record(seen: Seen) -> Iterator[str]:
    """Which says how it ended. One that was killed before it did anything may have none."""
    records = [record for record in seen.records if record.kind != "settle"]  # those tell of what was found
    codes = [_code(record, record.result) for record in records if record.result]
    if len(codes) != len(records):
        yield "a record does not say how its run ended"
    unmatched = []
    for ended in seen.ended:
        if ended.code in codes:
            codes.remove(ended.code)
        else:
            unmatched.append(ended)
    for ended in unmatched:
        unkept = '"result"' in ended.said  # it stands in the log, as the vault was away, and settle wrote one
        if codes and (unkept or (ended.code == HANDED_OVER and seen.late)):  # taken for dead: so it did, too
            codes.pop()
        elif ended.code is not None and not unkept:
            yield f"a {ended.runbook} ended with {ended.code}, and no record says so"
    killed = sum(ended.code is None for ended in seen.ended)
    if len(codes) > killed:
        yield f"{len(records)} records of {len(seen.ended)} runs"
    known = {record.id for record in seen.records}
    if killed:
        for deploy in sorted(seen.deploys - known):
            yield f"what deploy {deploy} did before it was killed stands in no record"


def records_say_what_was_seen(seen: Seen) -> Iterator[str]:
    serving = set(seen.settled.shares)
    for record in seen.records:
        alone, homes = len(seen.records) == 1, _homes(record, seen.baseline)
        match record.result:
            case Result.PROMOTED if serving != {record.canary}:
                yield f"{_name(record)} says promoted, and {_listed(serving)} serves"
            case Result.ROLLED_BACK | Result.FAILED if alone and seen.baseline and serving not in homes:
                yield f"{_name(record)} says {record.result}, and {_listed(serving)} serves"
            case Result.REFUSED if record.id in seen.deploys:
                yield f"{_name(record)} says refused, and it changed the service"
        if record.kind != "deploy" or not alone or any(ended.code is None for ended in seen.ended):
            continue
        if record.result is Result.FAILED and seen.met_canary:
            yield f"{_name(record)} says that no user met the release, and {seen.met_canary} did"
        exposed = record.exposure.get(record.canary)
        if record.result is Result.ROLLED_BACK and exposed and exposed.errors != seen.met_errors:
            yield f"{_name(record)} tells of {exposed.errors} errors, users saw {seen.met_errors}"


def slack_says_what_the_records_say(seen: Seen) -> Iterator[str]:
    for thread in seen.threads:
        if UNDER_WAY in thread.message:
            yield f"Slack still says that it is under way: {thread.message.splitlines()[0]}"
    for record in seen.records:
        own = [thread for thread in seen.threads if f"UTC, {record.id}" in thread.message]
        if len(own) != 1:
            yield f"{_name(record)} has {len(own)} threads in Slack"
            continue
        [thread] = own
        wanted = _plain(end_text(record))[:500]  # Slack cuts what is long
        if wanted not in _plain(thread.message):
            yield f"the message in Slack does not say how {_name(record)} ended: {thread.message[:200]}"
        if not thread.replies or wanted not in _plain(thread.replies[-1]):
            yield f"the last word in Slack is not how {_name(record)} ended"


def _code(record: ReleaseRecord, result: Result) -> int:
    """What its command ended with; a rollback that rolled back did what was asked."""
    went_back = record.kind == "rollback" and result is Result.ROLLED_BACK
    return 0 if went_back else EXIT_CODES[result]


def _homes(record: ReleaseRecord, baseline: str) -> list[set[str]]:
    """Where users may be after it: a rollback's `canary` is the revision that it went to, if it did. One that
    failed says of that what `muster status` shows: it may have come so far."""
    before, after = {record.baseline or baseline}, {record.canary or baseline}
    if record.kind != "rollback":
        return [before]
    return [after] if record.result is Result.ROLLED_BACK else [before, after]


def _name(record: ReleaseRecord) -> str:
    return f"the record of {record.kind} {record.id}"


def _listed(names: set[str]) -> str:
    return " and ".join(sorted(names)) or "nothing"


def _plain(text: str) -> str:
    """As both say it: Slack keeps figures and units together."""
    return " ".join(text.replace("\u00a0", " ").replace("\\", "").replace('"', "").split())
