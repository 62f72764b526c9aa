"""What has to hold of recovery sets, whatever went wrong. Each rule tells what does not, in sentences."""

from collections import Counter
from collections.abc import Callable, Iterator

from domain.recovery_set import State
from tests.faults.secrets import told
from tests.faults.sets.seen import ID, Seen, last_words, too_late

SIGNS: dict[int | None, str] = {  # by exit code; 3: it lost its lease
    0: ":white_check_mark:", 1: ":rotating_light:", 2: ":no_entry:", 3: ":rotating_light:",
}  # fmt: skip
UNDER_WAY = ":hourglass_flowing_sand:"
UNCERTAIN = "manifests/"  # in what a run says that does not know whether its manifest was written


def each_run_makes_one_set_or_none(seen: Seen) -> Iterator[str]:
    """One that says that it did has; one that failed has not, but for a manifest whose answer never came."""
    if seen.runbook != "backup":
        return
    made = {each.id for each in seen.settled.sets if each.restorable} - set(seen.before)
    for ended in seen.ended:
        if ended.code == 0:
            own = [name for name in dict.fromkeys(ID.findall(last_words(ended.said))) if name in made]
            if not own:
                yield "a backup ended with 0, and its set is not there"
            made -= set(own)
    perhaps = sum(ended.code is None or UNCERTAIN in last_words(ended.said) for ended in seen.ended)
    if len(made) > perhaps:
        yield f"sets that no backup says it made: {', '.join(sorted(made))}"


def what_can_be_survived_is(seen: Seen) -> Iterator[str]:
    """Such as a lost answer. A machine that is busy with other things is another matter."""
    for ended in seen.ended:
        if seen.survived and ended.code != 0 and not too_late(ended.said):
            yield f"muster {ended.runbook} ended with {ended.code}: {last_words(ended.said)}"


def a_set_has_one_backup_and_one_snapshot(seen: Seen) -> Iterator[str]:
    for when, found in seen.moments:
        for what, owners in (("Cloud SQL backups", found.backups), ("snapshots", found.snapshots)):
            for name, count in Counter(owners.values()).items():
                if count > 1:
                    yield f"{when} {name} has {count} {what}"


def nothing_is_orphaned(seen: Seen) -> Iterator[str]:
    """All that carries a set's name is of a set that is listed; of incomplete ones expire leaves nothing."""
    for when, found in seen.moments:
        listed = {each.id for each in found.sets}
        for what, owner in found.there.items():
            if owner not in listed:
                yield f"{when} nothing tells of {what}, which is {owner}'s"
    for each in seen.final.sets:
        if each.state is State.INCOMPLETE:
            yield f"in the end {each.id} is still there, and {each.state}"


def a_complete_set_is_whole(seen: Seen) -> Iterator[str]:
    """Its manifest can be read, its parts are there; a check agrees, and it has its copy."""
    for when, found in seen.moments:
        for sentence in found.wrong:
            yield f"{when} {sentence}"
        for each in found.sets:
            if not each.restorable:
                continue
            for part in each.parts:
                for reference in part.references:
                    if part.kind.own and reference not in found.there:
                        yield f"{when} {each.id} is {each.state}, and its {part.kind} {reference} is gone"
    if not any(each.restorable for each in seen.final.sets):
        yield "in the end there is no set"
    for each in seen.final.sets:
        if each.state is State.COMPLETE:
            yield f"in the end {each.id} was never checked"
        if each.restorable and not each.copies:
            yield f"in the end {each.id} has no copy"


def the_newest_proven_set_survives(seen: Seen) -> Iterator[str]:
    if seen.runbook == "expire" and not any(each.proven for each in seen.settled.sets):
        yield "the proven set is gone"


def what_is_run_afterwards_does_it(seen: Seen) -> Iterator[str]:
    for ended in seen.after:
        if ended.code != 0:
            yield f"muster {ended.runbook}, undisturbed, ended with {ended.code}: {last_words(ended.said)}"


def no_lease_is_left(seen: Seen) -> Iterator[str]:
    if seen.leases:
        yield f"left behind: {', '.join(seen.leases)}"


def no_secret_is_told(seen: Seen) -> Iterator[str]:
    yield from told(seen.secrets, seen.texts)


def slack_says_how_each_ended(seen: Seen) -> Iterator[str]:
    """By its sign. A killed one says that it is under way; a check or copy with nothing to do is silent."""
    own = [thread.message for thread in seen.threads if f": {KINDS[seen.runbook]} → " in thread.message]
    codes = Counter(ended.code for ended in seen.commands)
    killed = codes.pop(None, 0)
    waiting = sum(UNDER_WAY in message for message in own)
    if waiting > killed:
        yield f"Slack still says of {waiting} that they are under way, and {killed} were killed"
    for code, count in codes.items():
        said = sum(SIGNS[code] in message for message in own)
        quiet = code == 0 and seen.runbook in QUIET
        if said < count and not quiet:
            yield f"{count} ended with {code}, and Slack says so of {said}"


RULES: tuple[Callable[[Seen], Iterator[str]], ...] = (
    each_run_makes_one_set_or_none,
    what_can_be_survived_is,
    a_set_has_one_backup_and_one_snapshot,
    nothing_is_orphaned,
    a_complete_set_is_whole,
    the_newest_proven_set_survives,
    what_is_run_afterwards_does_it,
    no_lease_is_left,
    no_secret_is_told,
    slack_says_how_each_ended,
)
KINDS = {"backup": "backup", "verify": "verify set", "copy": "copy set", "expire": "expire"}
QUIET = {"verify", "copy"}


def violations(seen: Seen) -> list[str]:
    """Everything that does not hold, in sentences."""
    return [sentence for rule in RULES for sentence in rule(seen)]
