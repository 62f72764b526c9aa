"""What has to hold of recoveries, whatever went wrong. Each rule tells what does not, in sentences."""

from collections.abc import Callable, Iterator

from domain.drill_report import Verdict
from tests.faults.meter import mismeasured
from tests.faults.recoveries.seen import Seen
from tests.faults.secrets import passwords_told, told
from tests.faults.sets.seen import last_words, too_late

DONE = "brought it to"  # in the words that refuse to recover twice
UNDER_WAY = ":hourglass_flowing_sand:"
GOOD = {"write": 201, "read what was written before": 200}


def never_two_writable_primaries(seen: Seen) -> Iterator[str]:
    if seen.two_at_once:
        yield "the old primary took a write after the new one had"
    if seen.old_takes_writes:
        yield "in the end the old primary takes writes"
    if not seen.new_takes_writes:
        yield "in the end the new primary takes none"


def users_are_served(seen: Seen) -> Iterator[str]:
    for what, status in GOOD.items():
        if seen.served.get(what) != status:
            yield f"in the end users who {what} get {seen.served.get(what)}"


def the_secrets_open_the_new_primary(seen: Seen) -> Iterator[str]:
    for secret in seen.shut_out:
        yield f"in the end the newest version of secret {secret} does not open the new primary"


def what_can_be_survived_is(seen: Seen) -> Iterator[str]:
    for ended in seen.ended:
        if seen.survived and ended.code != 0 and not too_late(ended.said):
            yield f"muster recover ended with {ended.code}: {last_words(ended.said)}"


def a_rerun_goes_on_or_says_that_it_is_done(seen: Seen) -> Iterator[str]:
    if seen.again.code != 0 and not (seen.again.code == 2 and DONE in seen.again.said):
        yield f"muster recover, undisturbed, ended with {seen.again.code}: {last_words(seen.again.said)}"


def there_is_a_report_of_it(seen: Seen) -> Iterator[str]:
    if not any(report.verdict in {Verdict.PASSED, Verdict.MISSED} for report in seen.reports):
        told_of = ", ".join(f"{report.id} {report.verdict}: {report.failure}" for report in seen.reports)
        yield f"no report says that it was recovered ({told_of or 'there is none'})"


def the_loss_is_measured(seen: Seen) -> Iterator[str]:
    yield from mismeasured(seen.reports)


def nothing_is_left(seen: Seen) -> Iterator[str]:
    if seen.left:
        yield f"left behind: {', '.join(seen.left)}"


def no_secret_is_told(seen: Seen) -> Iterator[str]:
    yield from told(seen.secrets, seen.texts)
    yield from passwords_told("a password that was made", seen.texts)


def slack_waits_for_nobody_but_who_was_killed(seen: Seen) -> Iterator[str]:
    waiting = sum(UNDER_WAY in thread.message for thread in seen.threads)
    killed = sum(ended.code is None for ended in seen.ended)
    if waiting > killed:
        yield f"Slack still says of {waiting} that they are under way, and {killed} were killed"


RULES: tuple[Callable[[Seen], Iterator[str]], ...] = (
    never_two_writable_primaries,
    users_are_served,
    the_secrets_open_the_new_primary,
    what_can_be_survived_is,
    a_rerun_goes_on_or_says_that_it_is_done,
    there_is_a_report_of_it,
    the_loss_is_measured,
    nothing_is_left,
    no_secret_is_told,
    slack_waits_for_nobody_but_who_was_killed,
)


def violations(seen: Seen) -> list[str]:
    """Everything that does not hold, in sentences."""
    return [sentence for rule in RULES for sentence in rule(seen)]
