"""What a set counts as after a check."""

from dataclasses import replace

import pytest

from domain.manifest import Manifest
from domain.recovery_set import Kind, Part, State
from domain.set_check import Checked, with_later
from tests.domain.recovery_sets import CHECKED, COMPLETE, INCOMPLETE, NOW, PROVEN, taken

RIGHT = Checked()
WRONG = Checked(wrong=("gs://vault/x: it is gone",))
UNMADE = Checked(unmade={"objects": "no answer"})
BOTH = Checked(WRONG.wrong, UNMADE.unmade)


@pytest.mark.parametrize(
    ("found", "before", "after"),
    [
        pytest.param(RIGHT, COMPLETE, CHECKED, id="all right"),
        pytest.param(RIGHT, CHECKED, CHECKED, id="checked again"),
        pytest.param(RIGHT, PROVEN, PROVEN, id="a drill knows more than a check"),
        pytest.param(RIGHT, INCOMPLETE, CHECKED, id="what was wrong was put right"),
        pytest.param(WRONG, COMPLETE, INCOMPLETE, id="wrong"),
        pytest.param(WRONG, CHECKED, INCOMPLETE, id="wrong since the last check"),
        pytest.param(WRONG, PROVEN, INCOMPLETE, id="wrong since the drill"),
        pytest.param(UNMADE, COMPLETE, COMPLETE, id="nothing is known"),
        pytest.param(UNMADE, PROVEN, PROVEN, id="nothing is known of a proven one"),
        pytest.param(BOTH, CHECKED, INCOMPLETE, id="wrong, whatever else is not known"),
    ],
)
def test_a_set_counts_as_what_is_known_of_it(found: Checked, before: State, after: State) -> None:
    each = taken(1, before)
    now = found.applied(each)
    assert now.state is after
    assert now.proof == (each.proof if after is PROVEN else None)
    assert replace(now, state=before, proof=each.proof) == each, "nothing else changes"


def test_exports_that_came_later_belong_to_it_and_nothing_else_does() -> None:
    each = taken(1)
    manifest = Manifest("1", "e", "s", NOW, NOW, each.parts)
    export = Part(Kind.EXPORT, ("gs://vault/x.sql.gz",), NOW, 7)
    stray = Part(Kind.CONFIGURATION, ("gs://vault/x.json",), NOW)
    later = with_later(manifest, replace(each, parts=(*each.parts, export, stray)))
    assert later.parts == (*manifest.parts, export)
    assert with_later(later, replace(each, parts=(*each.parts, export))) == later
