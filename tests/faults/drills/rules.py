"""What has to hold of drills, whatever went wrong. Each rule tells what does not, in sentences."""

from collections import Counter
from collections.abc import Callable, Iterator

from domain.drill_check import Result
from domain.drill_report import Verdict
from tests.faults.drills.seen import Seen
from tests.faults.meter import mismeasured
from tests.faults.secrets import passwords_told, told
from tests.faults.sets.seen import last_words, too_late

SIGNS: dict[int, str] = {0: ":white_check_mark:", 1: ":rotating_light:"}
UNDER_WAY = ":hourglass_flowing_sand:"
KIND = ": restore drill → "


def every_drill_that_began_has_a_report(seen: Seen) -> Iterator[str]:
    reported = Counter(report.id for report in seen.reports)
    for drill in sorted(seen.begun - reported.keys()):
        yield f"drill {drill} began, and has no report"
    for unread in seen.unread:
        yield f"a report cannot be read: {unread}"


def what_is_told_as_passed_did(seen: Seen) -> Iterator[str]:
    """Never green with a check that did not pass, or was not made: the rerun's are all that there are."""
    wanted = {check.name for check in seen.reports[-1].checks} if seen.reports else set()
    for report in seen.reports:
        if report.verdict is not Verdict.PASSED:
            continue
        bad = [check.name for check in report.checks if check.result is not Result.PASSED]
        missing = wanted - {check.name for check in report.checks}
        if bad or missing:
            yield f"drill {report.id} passed, and {', '.join([*bad, *sorted(missing)])} did not"
    passed = sum(report.verdict is Verdict.PASSED for report in seen.reports)
    ended_well = sum(ended.code == 0 for ended in (*seen.ended, seen.again))
    if ended_well > passed:
        yield f"{ended_well} drills ended with 0, and {passed} reports say that they passed"


def what_can_be_survived_is(seen: Seen) -> Iterator[str]:
    for ended in seen.ended:
        if seen.survived and ended.code != 0 and not too_late(ended.said):
            yield f"muster {ended.runbook} ended with {ended.code}: {last_words(ended.said)}"


def a_rerun_succeeds(seen: Seen) -> Iterator[str]:
    if seen.again.code != 0:
        yield f"muster drill, undisturbed, ended with {seen.again.code}: {last_words(seen.again.said)}"
    if not seen.proven:
        yield "in the end the set is not proven"


def a_set_is_proven_by_a_drill_that_passed(seen: Seen) -> Iterator[str]:
    passed = {report.id for report in seen.reports if report.verdict is Verdict.PASSED}
    if seen.proven and seen.proven not in passed:
        yield f"the set is proven by drill {seen.proven}, which did not pass"


def the_loss_is_measured(seen: Seen) -> Iterator[str]:
    yield from mismeasured(seen.reports)


def production_is_untouched(seen: Seen) -> Iterator[str]:
    for what in sorted(seen.before.keys() | seen.after.keys()):
        if seen.before.get(what) != seen.after.get(what):
            yield f"production is another than before: {what}"


def nothing_is_left(seen: Seen) -> Iterator[str]:
    if seen.left:
        yield f"left behind: {', '.join(seen.left)}"


def no_secret_is_told(seen: Seen) -> Iterator[str]:
    yield from told(seen.secrets, seen.texts)
    yield from passwords_told("a password that a drill made", seen.texts)


def slack_says_how_each_ended(seen: Seen) -> Iterator[str]:
    """By its sign. One that was killed is closed by reap; one whose message was never sent has none."""
    own = [thread.message for thread in seen.threads if KIND in thread.message]
    waiting = sum(UNDER_WAY in message for message in own)
    unheard = sum(ended.code is None for ended in seen.ended) - len(seen.begun)
    if waiting > max(0, unheard) + sum(ended.code is None for ended in seen.ended if not seen.begun):
        yield f"Slack still says of {waiting} that they are under way"
    for code, count in Counter(ended.code for ended in (*seen.ended, seen.again)).items():
        if code in SIGNS and sum(SIGNS[code] in message for message in own) < count:
            yield f"{count} ended with {code}, and Slack does not say so of all of them"


RULES: tuple[Callable[[Seen], Iterator[str]], ...] = (
    every_drill_that_began_has_a_report,
    what_is_told_as_passed_did,
    what_can_be_survived_is,
    a_rerun_succeeds,
    a_set_is_proven_by_a_drill_that_passed,
    the_loss_is_measured,
    production_is_untouched,
    nothing_is_left,
    no_secret_is_told,
    slack_says_how_each_ended,
)


def violations(seen: Seen) -> list[str]:
    """Everything that does not hold, in sentences."""
    return [sentence for rule in RULES for sentence in rule(seen)]
