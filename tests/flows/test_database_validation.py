"""What was restored of a database is checked: nothing wrong passes, and nothing right is called wrong."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from clients.patience import patience
from domain.drill_check import DrillCheck, Result
from domain.manifest import Fact
from tests.conftest import Endpoints
from tests.database_ground import READER, SHOP, Ground, Server, served

ALL = {
    *("identity", "schema", "structure", "age", "invariant: orders have notes", "invariant: 100 % sure"),
    *("amcheck tables", "amcheck indices", "rows", "sequences", "settled rows of orders", "foreign keys"),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with served(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture
def ground(server: Server, landscape: Endpoints, http: httpx.Client) -> Ground:
    return Ground(server, landscape, http)


def red(checks: dict[str, DrillCheck]) -> dict[str, str]:
    """What did not pass, and why."""
    return {name: each.said for name, each in checks.items() if not each.passed}


def test_a_clean_copy_passes_every_check(ground: Ground) -> None:
    ground.beat(7)
    manifest = ground.note()
    ground.copy()
    checks = ground.validate(manifest)
    assert red(checks) == {}
    assert checks.keys() == ALL
    said = {name: each.said for name, each in checks.items()}
    assert said["rows"].startswith("3,051 rows in 4 tables: public.orders 3,000, public.customers 50")
    assert said["settled rows of orders"].startswith("public.orders: 2,99"), (
        "all but those of the last minute"
    )
    assert said["age"].endswith("and heartbeat 7 of 1")
    assert said["schema"] == "revision b2, as the set notes"
    assert said["foreign keys"] == "1 foreign key"
    assert said["sequences"] == "2 sequences"
    assert all(each.took > timedelta(0) for each in checks.values())


Alter = Callable[[Ground], object]


def altered(*statements: str, user: str = "postgres") -> Alter:
    return lambda ground: ground.alter(*statements, user=user)


FORGED = "INSERT INTO orders (id, customer, note) VALUES (90001, 1, 'not in the index')"


def spoil(ground: Ground) -> None:
    """Another byte in the middle of a page of the table."""
    file = ground.server.file_of(ground.restored, "orders")
    with ground.stopped():
        content = bytearray(file.read_bytes())
        content[8192 + 6000] ^= 0x40
        file.write_bytes(content)


def truncate(ground: Ground) -> None:
    """The second half of the table's file is gone."""
    file = ground.server.file_of(ground.restored, "orders")
    with ground.stopped(), file.open("r+b") as opened:
        opened.truncate(file.stat().st_size // 8192 // 2 * 8192)


def mislead(ground: Ground) -> None:
    """A row that an index was not told of."""
    change = "UPDATE pg_index SET indisready = {} WHERE indexrelid = 'orders_by_age'::regclass"
    ground.alter(change.format("false"), FORGED, change.format("true"))


@pytest.mark.parametrize(
    ("alter", "caught", "says"),
    [
        pytest.param(altered("TRUNCATE orders"), "rows", "public.orders is empty", id="a table emptied"),
        pytest.param(
            altered("DROP TABLE jobs, orders"),
            "rows",
            "public.orders is missing",
            id="dropped",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            altered("UPDATE orders SET note = 'x' WHERE id = 1500"),
            "settled rows of orders",
            "rows as the source has, and other content",
            id="one row changed",
        ),
        pytest.param(
            altered("DELETE FROM orders WHERE id = 1500"),
            "settled rows of orders",
            "rows, and the source has",
            id="one row lost",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            altered("DELETE FROM orders WHERE created_at > now() - interval '1 hour'"),
            "settled rows of orders",
            "and the source has",
            id="stale: the newest rows are missing",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            altered("SET session_replication_role = replica", "DELETE FROM customers WHERE id = 7"),
            "foreign keys",
            "public.orders: 60 rows without a parent in public.customers (orders_customer_fkey)",
            id="a row without the one it refers to",
        ),
        pytest.param(
            altered("SELECT setval('customers_id_seq', 1)"),
            "sequences",
            "public.customers_id_seq is behind public.customers.id",
            id="a sequence begins anew",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            altered("UPDATE alembic_version SET version_num = 'a1'"),
            "schema",
            "revision a1, and the set notes b2",
            id="schema of another revision",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            altered("ALTER TABLE orders DROP COLUMN note"),
            "structure",
            "column public.orders.note was not restored",
            id="schema drift: a column is missing",
        ),
        pytest.param(
            altered("DROP INDEX orders_by_age"),
            "structure",
            "index public.orders_by_age was not restored",
            id="schema drift: an index is missing",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            altered("ALTER TABLE orders ALTER note TYPE varchar(500)"),
            "structure",
            "column public.orders.note is character varying(500)",
            id="schema drift: another type",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            altered("UPDATE orders SET note = NULL WHERE id = 3"),
            "invariant: orders have notes",
            "it answers 1, and 0 is wanted",
            id="an invariant broken",
            marks=pytest.mark.slow,
        ),
        pytest.param(mislead, "amcheck indices", "public.orders_by_age: ", id="an index out of step"),
        pytest.param(spoil, "amcheck tables", "public.orders: invalid page in block 1", id="a bit flipped"),
        pytest.param(truncate, "settled rows of orders", "", id="a file truncated", marks=pytest.mark.slow),
    ],
)
def test_what_is_wrong_is_caught_by_its_check(ground: Ground, alter: Alter, caught: str, says: str) -> None:
    manifest = ground.note()
    ground.copy()
    alter(ground)
    checks = ground.validate(manifest)
    assert not checks[caught].passed
    assert says in checks[caught].said
    assert checks.keys() == ALL, "none is left out"


def test_an_empty_database_passes_nothing_that_counts(ground: Ground) -> None:
    manifest = ground.note()
    ground.copy("template0")
    checks = ground.validate(manifest)
    assert {"rows", "schema", "structure", "settled rows of orders"} <= red(checks).keys()
    assert checks["rows"].said == "not one row in 0 tables"


def test_an_older_backup_is_told_by_its_age(ground: Ground) -> None:
    ground.beat(1)
    ground.copy()
    ground.beat(2)
    checks = ground.validate(ground.note())
    assert "heartbeat 2 of epoch 1, which the set notes, is not there" in checks["age"].said
    assert not checks["age"].passed


@pytest.mark.slow
def test_a_log_that_did_not_come_so_far_is_told_without_a_heartbeat(ground: Ground) -> None:
    ground.copy()
    noted: dict[str, Fact] = {"database.lsn": "FFFF/0", "database.horizon": 10**9}
    manifest = ground.note(**noted)
    said = ground.validate(manifest)["age"].said
    assert "and the set notes FFFF/0" in said
    assert "and the set notes 1,000,000,000" in said


def test_anothers_backup_is_told_by_its_identity(ground: Ground) -> None:
    ground.copy()
    checks = ground.validate(ground.note(**{"database.system": "7711277184844621617"}))
    assert red(checks).keys() == {"identity"}
    assert checks["identity"].said.startswith("it is another's: its system is ")
    checks = ground.validate(ground.note(**{"database.name": "other"}))
    assert checks["identity"].said == "the set is of the database other, and app is wanted"


def test_what_came_after_the_cut_is_no_fault(ground: Ground) -> None:
    """A queue that was empty then, a table that is new, a migration, an index that somebody added."""
    manifest = ground.note()
    ground.copy()
    ground.source(
        "INSERT INTO jobs SELECT generate_series(1, 100)",
        "CREATE TABLE invoices (id int)",
        "INSERT INTO invoices VALUES (1)",
        "ALTER TABLE orders ADD COLUMN total int DEFAULT 7",
        "CREATE INDEX ON orders (total)",
        "UPDATE alembic_version SET version_num = 'c3'",
        "ANALYZE",
    )
    checks = ground.validate(manifest)
    assert red(checks) == {}
    assert checks["settled rows of orders"].said.endswith("; not compared: total")


@pytest.mark.slow
def test_a_later_instant_may_have_the_sources_schema_of_now(ground: Ground) -> None:
    manifest = ground.note()
    ground.source("ALTER TABLE orders ADD COLUMN total int", "UPDATE alembic_version SET version_num = 'c3'")
    ground.copy()
    checks = ground.validate(manifest, datetime.now(UTC))
    assert red(checks) == {}
    assert checks["schema"].said == "revision c3, as the source has now; the set notes b2"
    assert checks["structure"].said.endswith("as the source has now")


@pytest.mark.slow
def test_an_instant_before_the_set_is_not_asked_for_what_the_set_notes(ground: Ground) -> None:
    before = datetime.now(UTC) - timedelta(minutes=5)
    ground.copy()
    ground.beat(1)
    checks = ground.validate(ground.note(), before)
    assert red(checks) == {}
    assert checks.keys() == ALL - {"age"}


@pytest.mark.slow
def test_a_sequence_that_is_behind_in_the_source_too_is_as_it_was(ground: Ground) -> None:
    ground.source("INSERT INTO customers VALUES (1000, 'brought its own number')")
    ground.copy()
    checks = ground.validate(ground.note())
    assert checks["sequences"].passed
    assert checks["sequences"].said.endswith("behind in the source too: public.customers_id_seq")


@pytest.mark.parametrize(
    ("revoked", "check", "says"),
    [
        pytest.param("orders", "settled rows of orders", "permission denied for table orders", id="settled"),
        pytest.param("alembic_version", "schema", "", id="a check that does not need it"),
    ],
)
def test_what_muster_may_not_read_in_the_source_is_no_pass(
    ground: Ground, revoked: str, check: str, says: str
) -> None:
    manifest = ground.note()
    ground.copy()
    ground.source(f"REVOKE SELECT ON {revoked} FROM {READER}")  # noqa: S608  names of this module
    found = ground.validate(manifest)[check]
    assert found.passed is (not says)
    if says:
        assert found.result is Result.NOT_RUN
        assert says in found.said
        assert "GRANT SELECT" in found.said


@pytest.mark.slow
def test_an_emptied_table_that_muster_may_not_read_in_the_source_is_no_pass(ground: Ground) -> None:
    manifest = ground.note()
    ground.copy()
    ground.alter("TRUNCATE orders")
    ground.source("ANALYZE", f"REVOKE SELECT ON orders FROM {READER}")  # noqa: S608  a name of this module
    found = ground.validate(manifest)["rows"]
    assert found.result is Result.NOT_RUN
    assert "public.orders is empty or missing" in found.said


def test_a_check_that_cannot_run_ends_no_other(ground: Ground) -> None:
    wrong = {"name": "wrong", "sql": "SELECT nonsense FROM orders", "answer": 0}
    several = {"name": "several", "sql": "SELECT id FROM orders", "answer": 0}
    write = {"name": "a write", "sql": "DELETE FROM orders RETURNING 1", "answer": 1}
    ground.over["invariants"] = [wrong, several, write]
    manifest = ground.note()
    ground.copy()
    checks = ground.validate(manifest)
    assert {name: checks[name].result for name in red(checks)} == dict.fromkeys(
        ("invariant: wrong", "invariant: several", "invariant: a write"), Result.NOT_RUN
    )
    assert 'column "nonsense" does not exist' in checks["invariant: wrong"].said
    assert "2 rows or more" in checks["invariant: several"].said
    assert "read-only transaction" in checks["invariant: a write"].said


@pytest.mark.slow
def test_without_a_target_nothing_passes(ground: Ground) -> None:
    manifest = ground.note()
    with patience(timedelta(seconds=1)):
        checks = ground.validate(manifest)
    assert checks.keys() == ALL
    assert {each.result for each in checks.values()} == {Result.NOT_RUN}
    assert all("s3cr3t" not in each.said for each in checks.values())


@pytest.mark.slow
def test_an_administrator_who_may_not_create_amcheck_is_told(ground: Ground) -> None:
    manifest = ground.note()
    ground.copy()
    ground.server.execute("postgres", f"ALTER ROLE {SHOP} NOSUPERUSER")
    ground.binding = False
    name = f"{ground.target.name}-administrator-url"
    value = ground.server.address(ground.restored, SHOP)
    ground.add_version(name, value)
    checks = ground.validate(manifest)
    assert red(checks).keys() == {"amcheck tables", "amcheck indices"}
    assert "permission denied to create extension" in checks["amcheck tables"].said


def clean_run(ground: Ground) -> None:
    """A copy is made between two lots of writing, and validated while users go on."""
    ending = threading.Event()
    writing = threading.Lock()

    def write() -> None:
        number = 0
        while not ending.is_set():
            with writing:
                number += 1
                ground.source(
                    "INSERT INTO orders (customer, note) SELECT n, 'new' FROM generate_series(1, 9) n",
                    "DELETE FROM jobs",
                    f"INSERT INTO jobs SELECT generate_series(1, {number % 3})",
                    f"UPDATE customers SET name = 'renamed' WHERE id = {1 + number % 50}",  # noqa: S608  a number
                    "DELETE FROM orders WHERE id IN (SELECT max(id) FROM orders)",
                )
                ground.beat(number)
            ending.wait(0.005)

    user = threading.Thread(target=write)
    user.start()
    try:
        manifest = ground.note()
        ending.wait(0.1)
        with writing:
            ground.copy()
        checks = ground.validate(manifest)
    finally:
        ending.set()
        user.join()
    assert red(checks) == {}


def test_users_who_write_meanwhile_raise_no_alarm(ground: Ground) -> None:
    clean_run(ground)


@pytest.mark.slow
@pytest.mark.parametrize("run", range(20))
def test_no_alarm_is_raised_by_twenty_clean_copies(ground: Ground, run: int) -> None:
    clean_run(ground)


def test_where_the_source_does_not_answer_what_compares_could_not_run(ground: Ground) -> None:
    manifest = ground.note()
    ground.copy()
    ground.add_version(f"{ground.name}-reader", f"postgresql://{READER}:x@127.0.0.1:1/nothing")
    with patience(timedelta(seconds=1)):
        checks = ground.validate(manifest)
    assert checks.keys() == ALL
    assert red(checks).keys() == {"rows", "settled rows of orders"}
    assert {checks[name].result for name in red(checks)} == {Result.NOT_RUN}
