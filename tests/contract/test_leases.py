"""The lease object: one holder at a time, by generation, by the server's clock."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from clients.environment import Environment
from clients.errors import NotFound, PreconditionFailed, Rejected
from clients.leases import Exchange, delete_lease, read_lease, write_lease
from domain.lease import Lease, Reading
from tasks.leases import take
from tests.conftest import Endpoints
from tests.contract.conftest import Faults
from tests.environments import STATE, environment

MINE = Lease(nonce="mine", counter=1, length=timedelta(seconds=5), holder="deploy of a test, by tests")
THEIRS = replace(MINE, nonce="theirs", holder="deploy of somebody else")


def reading(exchange: Exchange) -> Reading:
    assert exchange.reading
    return exchange.reading


def test_where_there_is_none_the_server_s_clock_is_told_all_the_same(env: Environment) -> None:
    exchange = read_lease(env)
    assert exchange.reading is None
    assert exchange.date.utcoffset() == timedelta(0)
    assert exchange.asked <= exchange.answered


def test_what_was_written_is_read_with_its_age_by_the_server_s_clock(env: Environment) -> None:
    wrote = reading(write_lease(env, MINE, 0))
    read = reading(read_lease(env))
    assert wrote.lease == read.lease == MINE
    assert wrote.generation == read.generation
    assert wrote.updated_at == read.updated_at
    assert timedelta(seconds=-1) <= read.age < timedelta(seconds=60), "its Date has whole seconds"
    assert not read.lapsed


def test_of_two_takers_one_gets_it(env: Environment) -> None:
    """Each begins with what it has just read: that there is none."""

    def taken(lease: Lease) -> Exchange | None:
        try:
            return write_lease(env, lease, 0)
        except PreconditionFailed:
            return None

    takers = [replace(MINE, nonce=str(number)) for number in range(4)]
    with ThreadPoolExecutor(len(takers)) as pool:
        outcomes = [
            future.result() for future in [pool.submit(copy_context().run, taken, one) for one in takers]
        ]
    won = [reading(exchange).lease for exchange in outcomes if exchange]
    assert won == [reading(read_lease(env)).lease]


def test_a_renewal_is_by_generation(env: Environment) -> None:
    first = reading(write_lease(env, MINE, 0))
    second = reading(write_lease(env, replace(MINE, counter=2), first.generation))
    assert second.generation != first.generation
    with pytest.raises(PreconditionFailed, match="At least one of the pre-conditions"):
        write_lease(env, replace(MINE, counter=3), first.generation)
    assert reading(read_lease(env)).lease.counter == 2


def test_a_write_whose_answer_was_lost_is_found_by_its_nonce_and_counter(
    env: Environment, faults: Faults
) -> None:
    faults.add("drop_answer", "/upload/", "POST")
    with pytest.raises(PreconditionFailed):
        write_lease(env, MINE, 0)
    assert reading(read_lease(env)).lease == MINE


def test_who_takes_it_and_hears_no_answer_has_taken_it(env: Environment, faults: Faults) -> None:
    faults.add("drop_answer", "/upload/", "POST")
    held = take(env, "deploy of a test")
    assert faults.met == 1
    assert reading(read_lease(env)).lease.nonce == held.nonce
    held.check()
    held.release()
    assert read_lease(env).reading is None


def test_who_renews_it_and_hears_no_answer_has_renewed_it(env: Environment, faults: Faults) -> None:
    held = take(env, "deploy of a test")
    faults.add("drop_answer", "/upload/", "POST")
    held._renew()
    assert faults.met == 1
    assert reading(read_lease(env)).lease == held.lease
    held._renew()
    assert reading(read_lease(env)).lease.counter == 3


def test_given_up_it_is_gone_and_may_be_given_up_again(env: Environment, faults: Faults) -> None:
    generation = reading(write_lease(env, MINE, 0)).generation
    faults.add("drop_answer", "leases", "DELETE")
    delete_lease(env, generation)
    delete_lease(env, generation)
    assert faults.met == 1
    assert read_lease(env).reading is None


def test_giving_it_up_leaves_another_s_alone(env: Environment) -> None:
    mine = reading(write_lease(env, MINE, 0))
    write_lease(env, THEIRS, mine.generation)
    delete_lease(env, mine.generation)
    assert reading(read_lease(env)).lease == THEIRS


def test_each_environment_has_its_own(cloud: Endpoints, env: Environment) -> None:
    write_lease(env, MINE, 0)
    assert read_lease(environment(cloud, f"{env.name}-b")).reading is None


@pytest.mark.parametrize(
    "metadata",
    [
        pytest.param(None, id="without any"),
        pytest.param({"nonce": "n"}, id="with some"),
        pytest.param({"nonce": "n", "counter": "x", "length": "5", "holder": "h"}, id="without sense"),
    ],
)
def test_an_object_that_is_no_lease_is_named_with_what_to_do(
    env: Environment, http: httpx.Client, metadata: dict[str, str] | None
) -> None:
    name = f"leases/{env.name}"
    http.post(f"/upload/storage/v1/b/{STATE}/o?uploadType=media&name={name}", content=b"?").raise_for_status()
    if metadata:
        address = f"/storage/v1/b/{STATE}/o/{name.replace('/', '%2F')}"
        http.patch(address, json={"metadata": metadata}).raise_for_status()
    with pytest.raises(Rejected) as told:
        read_lease(env)
    assert told.value.what == f"{env.name}: the lease (gs://{STATE}/{name}): what is there is no lease"
    assert told.value.hint == "delete it"


def test_a_bucket_that_is_not_there_is_told_on_taking(cloud: Endpoints) -> None:
    env = environment(cloud, "nowhere", over={"state": "no-such-bucket"})
    with pytest.raises(NotFound, match=r"gs://no-such-bucket/leases/nowhere.*bucket does not exist"):
        take(env, "deploy of a test")
