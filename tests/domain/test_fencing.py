"""When a database counts as fenced, and when it does not, whatever anybody says."""

import pytest

from domain.fencing import Fence, proof_of


@pytest.mark.parametrize(
    ("seen", "by_hand", "holds"),
    [
        pytest.param(Fence(told=True, state="RUNNABLE", stopped=True, refused=True), False, True, id="off"),
        pytest.param(
            Fence(told=True, state="RUNNABLE", stopped=True), False, True, id="stopped, and silent"
        ),
        pytest.param(Fence(told=True, gone=True), False, True, id="gone"),
        pytest.param(
            Fence(told=True, state="FAILED", unstopped="409", refused=True), False, True, id="lost for good"
        ),
        pytest.param(
            Fence(told=True, state="RUNNABLE", stopped=True, answers=True), False, False, id="it answers"
        ),
        pytest.param(
            Fence(told=True, state="RUNNABLE", stopped=True, answers=True), True, False,
            id="it answers, whatever the operator says",
        ),
        pytest.param(
            Fence(told=True, state="RUNNABLE", unstopped="409", refused=True), False, False,
            id="nobody answers, and its API says that it runs: it may come back",
        ),
        pytest.param(
            Fence(told=True, state="FAILED", unstopped="409"), False, False,
            id="it failed, and is silent: that may be the way there",
        ),
        pytest.param(Fence(unstopped="503"), False, False, id="neither reached nor stopped"),
        pytest.param(Fence(unstopped="503"), True, True, id="neither, and the operator's word"),
        pytest.param(
            Fence(told=True, state="RUNNABLE", stopped=True, unstopped="it failed"), False, False,
            id="its settings say so, and the operation failed",
        ),
    ],
)  # fmt: skip
def test_it_counts(seen: Fence, by_hand: bool, holds: bool) -> None:
    proof = proof_of(seen, by_hand=by_hand)
    assert proof.holds is holds
    if not holds and not seen.answers:
        assert "--fenced-by-hand" in proof.said
