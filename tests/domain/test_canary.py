"""The judge: no verdict without a reason, no pass before the hold is over."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.canary import (
    Arm,
    CanaryRejected,
    Next,
    Observation,
    Outcome,
    Policy,
    Verdict,
    WhenInconclusive,
    judge,
    next_after,
)
from domain.evidence import Evidence
from domain.share_test import p_value

POLICY = Policy(steps=(10, 50), hold=timedelta(minutes=10), minimum_requests=300, alpha=0.01)
QUIET = Evidence()
DAMNING = Evidence(settled={10: (4, 0)})


def observation(
    canary: Arm, baseline: Arm, evidence: Evidence = QUIET, *, percent: int = 10, over: bool = True
) -> Observation:
    return Observation(percent, canary, baseline, evidence, hold_over=over)


def verdict(seen: Observation, policy: Policy = POLICY) -> Verdict:
    found = judge(policy, seen)
    assert found
    return found


@pytest.mark.parametrize(
    ("seen", "outcome"),
    [
        pytest.param(observation(Arm(1_000), Arm(9_000)), Outcome.PASS, id="no errors at all"),
        pytest.param(
            observation(Arm(1_000, 3), Arm(9_000, 27), Evidence(settled={10: (3, 27)})),
            Outcome.PASS,
            id="both err alike",
        ),
        pytest.param(observation(Arm(300), Arm(2_700)), Outcome.PASS, id="just the minimum"),
        pytest.param(
            observation(Arm(1_000, 40), Arm(9_000), DAMNING),
            Outcome.FAIL,
            id="it errs and the baseline does not",
        ),
        pytest.param(
            observation(Arm(20, 4), Arm(180), DAMNING, over=False),
            Outcome.FAIL,
            id="broken though barely used",
        ),
        pytest.param(
            observation(Arm(), Arm(), DAMNING, percent=50, over=False),
            Outcome.FAIL,
            id="an earlier process had seen enough",
        ),
        pytest.param(observation(Arm(299), Arm(2_701)), Outcome.INCONCLUSIVE, id="one request short"),
        pytest.param(observation(Arm(), Arm()), Outcome.INCONCLUSIVE, id="no users at all"),
        pytest.param(
            observation(Arm(400), Arm(9_600)), Outcome.INCONCLUSIVE, id="too small a share: it hangs"
        ),
        pytest.param(
            observation(Arm(2_000), Arm(8_000)),
            Outcome.INCONCLUSIVE,
            id="too large a share: the log is wrong",
        ),
        pytest.param(
            observation(Arm(1_000), Arm(9_000), over=False), None, id="all is well, and the hold goes on"
        ),
        pytest.param(observation(Arm(), Arm(), over=False), None, id="nothing was seen yet"),
        pytest.param(
            observation(Arm(), Arm(5_000), over=False), None, id="an odd share is judged at the end only"
        ),
    ],
)
def test_a_look_has_its_verdict(seen: Observation, outcome: Outcome | None) -> None:
    found = judge(POLICY, seen)
    assert (found.outcome if found else None) is outcome


ARMS = st.integers(0, 5_000).flatmap(lambda n: st.builds(Arm, st.just(n), st.integers(0, n)))
OBSERVATIONS = st.builds(
    Observation,
    percent=st.integers(1, 99),
    canary=ARMS,
    baseline=ARMS,
    evidence=st.builds(
        Evidence,
        settled=st.dictionaries(
            st.integers(1, 99), st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=2
        ),
    ),
    hold_over=st.booleans(),
)
POLICIES = st.builds(
    Policy, minimum_requests=st.integers(1, 1_000), alpha=st.sampled_from([0.001, 0.01, 0.1])
)


@given(policy=POLICIES, seen=OBSERVATIONS)
def test_it_fails_just_when_the_evidence_reaches_the_limit(policy: Policy, seen: Observation) -> None:
    found = judge(policy, seen)
    failed = found is not None and found.outcome is Outcome.FAIL
    assert failed == (seen.evidence.e_value >= 1 / policy.alpha)


@given(policy=POLICIES, seen=OBSERVATIONS)
def test_it_passes_only_after_the_hold_with_enough_requests_in_a_share_that_fits(
    policy: Policy, seen: Observation
) -> None:
    found = judge(policy, seen)
    if found and found.outcome is Outcome.PASS:
        assert seen.hold_over
        assert seen.canary.requests >= policy.minimum_requests
        total = seen.canary.requests + seen.baseline.requests
        assert p_value(seen.canary.requests, total, seen.percent / 100) >= 0.001


@given(policy=POLICIES, seen=OBSERVATIONS)
def test_every_hold_ends_with_a_verdict_and_every_verdict_has_a_reason(
    policy: Policy, seen: Observation
) -> None:
    found = judge(policy, seen)
    assert found or not seen.hold_over
    assert not found or (found.reasons and all(found.reasons))


@pytest.mark.parametrize(
    ("got", "outcome"),
    [
        pytest.param(902, Outcome.INCONCLUSIVE, id="p = 0.00099"),
        pytest.param(903, Outcome.PASS, id="p = 0.00111"),
        pytest.param(1_100, Outcome.PASS, id="p = 0.00106"),
        pytest.param(1_101, Outcome.INCONCLUSIVE, id="p = 0.00094"),
    ],
)
def test_a_share_is_odd_when_chance_brings_it_once_in_a_thousand(got: int, outcome: Outcome) -> None:
    assert verdict(observation(Arm(got), Arm(10_000 - got))).outcome is outcome


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        pytest.param(
            observation(Arm(1_000, 40), Arm(9_000, 3), Evidence(settled={5: (2, 0), 10: (4, 1)})),
            "the canary errs more than the baseline: 5xx on 40 of 1,000 requests (4.0 %) against 3 "
            "of 9,000 requests (0.03 %) at 10 %; evidence 44,118, limit 100, from 6 errors against 1 "
            "since the trial began, one per client and 5 s",
            id="it fails",
        ),
        pytest.param(
            observation(Arm(), Arm(), Evidence(settled={10: (4, 0)}), percent=50),
            "the canary errs more than the baseline: 5xx on 0 requests so far against 0 requests so "
            "far at 50 %; evidence 2,579, limit 100, from 4 errors against 0 since the trial began, "
            "one per client and 5 s",
            id="it fails by what an earlier process saw",
        ),
        pytest.param(
            observation(Arm(1_000), Arm(9_000)),
            "nothing speaks against the canary: 5xx on 0 of 1,000 requests (0 %) against 0 of 9,000 "
            "requests (0 %) on the baseline at 10 %; evidence 1, limit 100",
            id="it passes",
        ),
        pytest.param(
            observation(Arm(1_000, 1), Arm(9_000), Evidence(settled={10: (1, 0)})),
            "not enough speaks against the canary: 5xx on 1 of 1,000 requests (0.10 %) against 0 of "
            "9,000 requests (0 %) on the baseline at 10 %; evidence 5.1, limit 100",
            id="it passes with an error",
        ),
        pytest.param(
            observation(Arm(1), Arm(9)),
            "only 1 request reached the canary, 300 are wanted for a verdict",
            id="too few",
        ),
        pytest.param(
            observation(Arm(), Arm(1_234)),
            "only 0 requests reached the canary, 300 are wanted for a verdict\n"
            "the canary answered 0 of 1,234 requests where 10 %, about 123, were sent to it: it may "
            "hang",
            id="it hangs",
        ),
        pytest.param(
            observation(Arm(103_000), Arm(897_000)),
            "the canary answered 103,000 of 1,000,000 requests where 10 %, about 100,000, were sent "
            "to it: the log does not show the split",
            id="too many",
        ),
    ],
)
def test_reasons_hold_the_figures(seen: Observation, said: str) -> None:
    assert "\n".join(verdict(seen).reasons) == said


def test_one_request_that_is_missing_is_said_in_the_singular() -> None:
    policy = Policy(minimum_requests=1)
    assert verdict(observation(Arm(), Arm(1)), policy).reasons == (
        "only 0 requests reached the canary, 1 is wanted for a verdict",
    )


PASSED = Verdict(Outcome.PASS, ("",))
FAILED = Verdict(Outcome.FAIL, ("",))
TOO_FEW = Verdict(Outcome.INCONCLUSIVE, ("",))
HANGS = Verdict(Outcome.INCONCLUSIVE, ("",), odd_share=True)
BACK, HOLD, ON = WhenInconclusive.ROLL_BACK, WhenInconclusive.HOLD, WhenInconclusive.PROMOTE


@pytest.mark.parametrize(
    ("found", "when", "held_again", "follows"),
    [
        pytest.param(PASSED, BACK, False, Next.GO_ON, id="a pass goes on"),
        pytest.param(PASSED, BACK, True, Next.GO_ON, id="a pass at the second hold goes on"),
        pytest.param(FAILED, BACK, False, Next.ROLL_BACK, id="a failure goes back"),
        pytest.param(FAILED, HOLD, False, Next.ROLL_BACK, id="a failure is not held again"),
        pytest.param(FAILED, ON, False, Next.ROLL_BACK, id="a failure is never promoted"),
        pytest.param(
            TOO_FEW, BACK, False, Next.ROLL_BACK, id="too few to judge by, and the policy goes back"
        ),
        pytest.param(TOO_FEW, HOLD, False, Next.HOLD_AGAIN, id="too few to judge by, and the policy holds"),
        pytest.param(TOO_FEW, HOLD, True, Next.ROLL_BACK, id="there is no third hold"),
        pytest.param(TOO_FEW, ON, False, Next.GO_ON, id="too few to judge by, and the policy promotes"),
        pytest.param(HANGS, BACK, False, Next.ROLL_BACK, id="an odd share goes back"),
        pytest.param(HANGS, HOLD, False, Next.ROLL_BACK, id="an odd share is not held again"),
        pytest.param(HANGS, ON, False, Next.ROLL_BACK, id="an odd share is never promoted"),
    ],
)
def test_what_follows_a_verdict(
    found: Verdict, when: WhenInconclusive, held_again: bool, follows: Next
) -> None:
    assert next_after(Policy(when_inconclusive=when), found, held_again=held_again) is follows


def test_a_canary_that_hangs_is_not_promoted_by_a_policy_that_promotes_without_a_verdict() -> None:
    policy = Policy(minimum_requests=50, when_inconclusive=ON)
    found = verdict(observation(Arm(2), Arm(400)), policy)
    assert next_after(policy, found, held_again=False) is Next.ROLL_BACK


def test_a_rejection_says_why() -> None:
    rejected = CanaryRejected(Verdict(Outcome.INCONCLUSIVE, ("too few", "too slow")))
    assert str(rejected) == "too few; too slow"
