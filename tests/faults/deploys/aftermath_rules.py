"""What has to hold of what a run leaves behind. Each rule tells what does not, in sentences."""

from collections.abc import Iterator

from tests.faults.deploys.releases import SCHEMA
from tests.faults.deploys.seen import Seen
from tests.faults.secrets import told


def the_schema_is_one_that_the_serving_code_works_on(seen: Seen) -> Iterator[str]:
    if not seen.database:
        return
    for when, state in seen.states:
        if state.schema not in {SCHEMA, seen.release.left_schema}:
            yield f"{when} the schema is at {state.schema}, which was proven by nobody"
    if seen.runbook == "deploy" and seen.final.schema != seen.release.left_schema:
        yield f"in the end the schema is at {seen.final.schema}, not at {seen.release.left_schema}"


def a_rerun_does_what_was_asked(seen: Seen) -> Iterator[str]:
    """As the same command would have done, undisturbed."""
    said = " / ".join([line for line in seen.rerun.said.splitlines() if line.strip()][-2:])[-300:]
    if seen.rerun.code not in seen.wanted_codes:
        yield f"the rerun ended with {seen.rerun.code}: {said}"
    if set(seen.final.shares) != {seen.wanted}:
        yield f"in the end {' and '.join(seen.final.shares) or 'nothing'} serves, not {seen.wanted}"


def nothing_is_left(seen: Seen) -> Iterator[str]:
    """No tag, mark, job, lease, evidence, note or temporary object; the former baseline keeps its tag."""
    if seen.left:
        yield f"left behind: {', '.join(seen.left)}"
    tags = sorted(tag for tag in seen.final.tags if tag != "previous")
    if tags:
        yield f"tags left behind: {', '.join(tags)}"
    unproven = seen.runbook == "first" and not seen.release.works  # marked until a release passed
    if seen.final.marks and not unproven:
        yield f"marks left behind: {', '.join(sorted(seen.final.marks))}"


def no_secret_is_told(seen: Seen) -> Iterator[str]:
    yield from told(seen.secrets, seen.texts)
