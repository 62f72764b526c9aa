"""Exports and imports: a database as an object in Cloud Storage, and back."""

import gzip
from collections.abc import Iterator

import httpx
import pytest

from tests.sandbox.sql_client import PROJECT, Client, Document, connected, one, only_sql
from tests.sandbox.test_sql import reason

INSTANCES = f"/v1/projects/{PROJECT}/instances"


@pytest.fixture(scope="module")
def sql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with only_sql(tmp_path_factory.mktemp("transfers")) as (_, client):
        with httpx.Client(base_url=client.url) as http:
            http.post("/storage/v1/b", params={"project": PROJECT}, json={"name": "exports"})
        yield client


@pytest.fixture
def http(sql: Client) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sql.url, timeout=60) as client:
        yield client
        client.delete("/faults")
        assert client.get("/truth").json()["mismatches"] == []


@pytest.fixture(scope="module")
def shop(sql: Client) -> str:
    """An instance with a table that belongs to a role of its own."""
    with connected(sql.create("shop")) as connection:
        connection.execute("CREATE ROLE teller")
        connection.execute("GRANT teller TO CURRENT_USER")
        connection.execute(
            "CREATE TABLE orders AS SELECT id, 'no. ' || id AS what FROM generate_series(1, 3) id"
        )
        connection.execute("GRANT SELECT ON orders TO teller")
    return "shop"


def content(http: httpx.Client, name: str) -> bytes:
    return http.get(f"/storage/v1/b/exports/o/{name}", params={"alt": "media"}).content


def export(sql: Client, instance: str, name: str, **more: object) -> Document:
    context = {"fileType": "SQL", "uri": f"gs://exports/{name}", "databases": ["postgres"], **more}
    return sql.call("instances", "export", instance=instance, body={"exportContext": context})


def bring(sql: Client, instance: str, name: str, **more: object) -> Document:
    context = {"fileType": "SQL", "uri": f"gs://exports/{name}", "database": "postgres", **more}
    return sql.ended(sql.call("instances", "import_", instance=instance, body={"importContext": context}))


@pytest.mark.parametrize("name", ["plain.sql", "packed.sql.gz"])
def test_what_is_exported_is_imported_where_its_roles_are(
    sql: Client, http: httpx.Client, shop: str, name: str
) -> None:
    operation = sql.ended(export(sql, shop, name))
    assert "error" not in operation
    assert operation["exportContext"]["uri"] == f"gs://exports/{name}"
    text = gzip.decompress(content(http, name)) if name.endswith(".gz") else content(http, name)
    assert b"COPY public.orders (id, what) FROM stdin;\n1\tno. 1\n" in text
    assert "error" in sql.ended(export(sql, shop, name)), "an export never overwrites"
    sql.create("other")
    assert "error" in bring(sql, "other", name), "roles must be there first"
    with connected(sql.address("other")) as connection:
        connection.execute("DROP TABLE IF EXISTS orders")
        connection.execute("CREATE ROLE teller")
    imported = bring(sql, "other", name)
    assert (imported["operationType"], "error" in imported) == ("IMPORT", False)
    with connected(sql.address("other")) as connection:
        assert one(connection, "SELECT count(*) FROM orders") == 3
    sql.delete("other")


@pytest.mark.slow
def test_offloaded_it_leaves_the_instance_unlocked(sql: Client, http: httpx.Client, shop: str) -> None:
    http.post("/faults", json={"operation": "EXPORT", "seconds": 3})
    offloaded = export(sql, shop, "offloaded.sql", offload=True)
    assert sql.call("operations", "get", operation=offloaded["name"])["status"] != "DONE"
    sql.do("instances", "patch", instance=shop, body={})
    assert "error" not in sql.ended(offloaded)
    locking = export(sql, shop, "locking.sql")
    assert reason(http.patch(f"{INSTANCES}/{shop}", json={}))[:2] == (409, "operationInProgress")
    assert "error" not in sql.ended(locking)


def test_a_query_goes_out_as_csv_and_comes_back(sql: Client, http: httpx.Client, shop: str) -> None:
    query = {"selectQuery": "SELECT * FROM orders ORDER BY id", "fieldsTerminatedBy": "3B"}
    assert "error" not in sql.ended(export(sql, shop, "orders.csv", fileType="CSV", csvExportOptions=query))
    assert content(http, "orders.csv") == b"1;no. 1\n2;no. 2\n3;no. 3\n"
    options = {"table": "copied", "columns": ["id", "what"], "fieldsTerminatedBy": "3B"}
    with connected(sql.address(shop)) as connection:
        connection.execute("CREATE TABLE copied (what text, id int)")
    assert "error" not in bring(sql, shop, "orders.csv", fileType="CSV", csvImportOptions=options)
    with connected(sql.address(shop)) as connection:
        assert one(connection, "SELECT max(what) FROM copied WHERE id = 3") == "no. 3"


def test_an_import_as_a_user_has_its_rights(sql: Client, http: httpx.Client, shop: str) -> None:
    sql.do("users", "insert", instance=shop, body={"name": "limited", "databaseRoles": ["teller"]})
    upload = {"uploadType": "media", "name": "drop.sql"}
    http.post("/upload/storage/v1/b/exports/o", params=upload, content=b"DROP TABLE orders;\n")
    assert "error" in bring(sql, shop, "drop.sql", importUser="limited")
    with connected(sql.address(shop)) as connection:
        assert one(connection, "SELECT count(*) FROM orders") == 3


@pytest.mark.parametrize(
    ("context", "refusal"),
    [
        pytest.param({"uri": "gs://none/x.sql"}, (403, "notAuthorized"), id="no such bucket"),
        pytest.param({"uri": "exports/x.sql"}, (400, "invalid"), id="no address of an object"),
        pytest.param({"databases": ["a", "b"]}, (400, "invalid"), id="two databases"),
        pytest.param({"fileType": "CSV"}, (400, "invalid"), id="no query"),
        pytest.param({"fileType": "BAK"}, (501, "notImplemented"), id="SQL Server's"),
    ],
)
def test_an_export_is_refused(
    http: httpx.Client, shop: str, context: Document, refusal: tuple[int, str]
) -> None:
    asked = {"fileType": "SQL", "uri": "gs://exports/x.sql", "databases": ["postgres"], **context}
    answer = http.post(f"{INSTANCES}/{shop}/export", json={"exportContext": asked})
    assert reason(answer)[:2] == refusal
    if answer.status_code == 403:
        text = "The service account does not have the required permissions for the bucket."
        assert reason(answer)[2] == text


def test_what_is_not_there_fails_late(sql: Client, shop: str) -> None:
    assert "error" in bring(sql, shop, "absent.sql")
    assert "error" in sql.ended(export(sql, shop, "absent.sql", databases=["absent"]))
