"""The catalogue that is measured is listed in full, beside the client's own listing."""

import secrets

from bench.catalogue import measure_in
from tests.conftest import Endpoints
from tests.environments import environment
from tests.recovery_vault import make_bucket


def test_the_figure_stands_beside_a_bare_listing(cloud: Endpoints) -> None:
    name = f"bench-{secrets.token_hex(4)}"
    env = environment(cloud, name, over={"vault": name, "state": name})
    make_bucket(env, name)
    [figure] = measure_in(env, 60)
    assert figure.value > 0
    assert [peer.value > 0 for peer in figure.peers] == [True, True]
