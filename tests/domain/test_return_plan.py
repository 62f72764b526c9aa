"""Where a rollback goes: to the baseline on trial, to the former one, or where a person says."""

import pytest

from domain.refusal import Problem
from domain.return_plan import Return, plan_return
from domain.service import Mark, Revision, Service
from domain.traffic import CANARY, PREVIOUS, Split, split

MARK = Mark("a-2", "20261122-141503-1a2b3c", "5f").annotations()
AFTER_A_DEPLOY = split({"a-2": 100}, {PREVIOUS: "a-1"})
ON_TRIAL = split({"a-2": 90, "a-3": 10}, {PREVIOUS: "a-1", CANARY: "a-3"})
BY_HAND = split({"a-1": 50, "a-2": 50}, {})


def service(found: Split | None, annotations: dict[str, str] | None = None) -> Service:
    return Service("ali", "https://ali", "e1", found, found, settled=True, annotations=annotations or {})


def revisions(**others: Revision) -> dict[str, Revision]:
    """Three that are ready, newest first, but for those given by their number."""
    return {
        name: others.get(name.replace("-", ""), Revision(name, ready=True)) for name in ("a-3", "a-2", "a-1")
    }


BROKEN = Revision("a-1", ready=False, failed=True, reason="its secret is gone")
BROKEN_BASELINE = Revision("a-2", ready=False, failed=True)


@pytest.mark.parametrize(
    ("found", "known", "to", "planned"),
    [
        pytest.param(
            service(AFTER_A_DEPLOY),
            revisions(),
            "",
            Return("a-1", "a-2", at_once=False),
            id="the former baseline",
        ),
        pytest.param(
            service(ON_TRIAL, MARK),
            revisions(),
            "",
            Return("a-2", "a-2", at_once=True),
            id="a trial's baseline",
        ),
        pytest.param(
            service(ON_TRIAL, MARK),
            revisions(a2=BROKEN_BASELINE),
            "",
            Return("a-2", "a-2", at_once=True),
            id="a trial's baseline whatever its state, as it serves already",
        ),
        pytest.param(
            service(ON_TRIAL, MARK),
            revisions(),
            "a-2",
            Return("a-2", "a-2", at_once=True),
            id="a trial's baseline by name",
        ),
        pytest.param(
            service(ON_TRIAL, MARK),
            revisions(),
            "a-1",
            Return("a-1", "a-2", at_once=False),
            id="another one by name, during a trial",
        ),
        pytest.param(
            service(AFTER_A_DEPLOY), revisions(), "a-3", Return("a-3", "a-2", at_once=False), id="any by name"
        ),
        pytest.param(
            service(BY_HAND),
            revisions(),
            "a-1",
            Return("a-1", "", at_once=False),
            id="by name out of a split that is nobody's",
        ),
    ],
)
def test_a_rollback_knows_where_to(
    found: Service, known: dict[str, Revision], to: str, planned: Return
) -> None:
    assert plan_return(found, known, to) == planned


@pytest.mark.parametrize(
    ("found", "known", "to", "what", "remedy"),
    [
        pytest.param(
            service(split({"a-2": 100}, {})),
            revisions(),
            "",
            "ali: no former baseline is kept to go back to",
            "name one with --to; ready: a-3 and a-1",
            id="no former baseline",
        ),
        pytest.param(
            service(AFTER_A_DEPLOY),
            revisions(a1=BROKEN),
            "",
            "revision a-1: it is not ready (its secret is gone)",
            "name one with --to; ready: a-3",
            id="a former baseline that fails by now",
        ),
        pytest.param(
            service(AFTER_A_DEPLOY),
            revisions(a1=Revision("a-1", ready=False)),
            "a-1",
            "revision a-1: it is not ready (still starting)",
            "name one with --to; ready: a-3",
            id="one that is starting",
        ),
        pytest.param(
            service(ON_TRIAL, MARK),
            revisions(a2=BROKEN_BASELINE),
            "a-2",
            "revision a-2: it is not ready (still starting)",
            "name one with --to; ready: a-3 and a-1",
            id="a trial's baseline by name that is not ready",
        ),
        pytest.param(
            service(AFTER_A_DEPLOY),
            revisions(),
            "a-9",
            "revision a-9: ali has no such revision",
            "name one with --to; ready: a-3 and a-1",
            id="one that is not there",
        ),
        pytest.param(
            service(split({"a-1": 100}, {})),
            {"a-1": Revision("a-1", ready=True)},
            "",
            "ali: no former baseline is kept to go back to",
            "there is no other ready revision; deploy one",
            id="a service with one revision",
        ),
    ],
)
def test_where_to_cannot_be_told(
    found: Service, known: dict[str, Revision], to: str, what: str, remedy: str
) -> None:
    assert plan_return(found, known, to) == Problem(what, remedy)


@pytest.mark.parametrize(
    ("planned", "nothing"),
    [
        pytest.param(Return("a-1", "a-1", at_once=False), True, id="it serves already"),
        pytest.param(Return("a-1", "a-1", at_once=True), False, id="it serves but a canary has a share"),
        pytest.param(Return("a-1", "a-2", at_once=False), False, id="another serves"),
        pytest.param(Return("a-1", "", at_once=False), False, id="several serve"),
    ],
)
def test_nothing_is_to_do_only_where_it_has_all_traffic(planned: Return, nothing: bool) -> None:
    assert planned.nothing_to_do is nothing
