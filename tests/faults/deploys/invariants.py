"""Every rule, by its name; and what a run violates."""

from collections.abc import Callable, Iterator

from tests.faults.deploys import aftermath_rules, traffic_rules, truth_rules
from tests.faults.deploys.seen import Seen

Rule = Callable[[Seen], Iterator[str]]

RULES: tuple[Rule, ...] = (
    traffic_rules.users_end_on_a_revision_that_works,
    traffic_rules.the_unproven_gets_no_more_than_its_share,
    traffic_rules.one_acts_at_a_time,
    traffic_rules.no_request_is_lost,
    aftermath_rules.the_schema_is_one_that_the_serving_code_works_on,
    aftermath_rules.a_rerun_does_what_was_asked,
    aftermath_rules.nothing_is_left,
    aftermath_rules.no_secret_is_told,
    truth_rules.each_run_has_one_record,
    truth_rules.records_say_what_was_seen,
    truth_rules.slack_says_what_the_records_say,
)


def violations(seen: Seen) -> list[str]:
    """Everything that does not hold, in sentences."""
    return [sentence for rule in RULES for sentence in rule(seen)]
