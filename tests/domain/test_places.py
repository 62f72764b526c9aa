"""Whether a variable's value leads to production."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.places import Place, leads_to

DATABASE = Place("10.1.2.3", 5432)
SEARCH = Place("search.example.com", 9200)
NAMED = Place("project:region:orders-db")
SANDBOX = Place("127.0.0.1", 24010)


@pytest.mark.parametrize(
    ("value", "place"),
    [
        pytest.param("postgresql://u:p@10.1.2.3/db", DATABASE, id="an address without its usual port"),
        pytest.param("postgresql+psycopg://u:p@10.1.2.3:5432/db", DATABASE, id="an address with a port"),
        pytest.param("10.1.2.3", DATABASE, id="the host alone: its port may be another variable's"),
        pytest.param("host=10.1.2.3 dbname=x", DATABASE, id="a DSN"),
        pytest.param("host=10.1.2.3 port=5432", DATABASE, id="a DSN with its port"),
        pytest.param('{"db": {"host": "10.1.2.3", "pool": 5}}', DATABASE, id="in JSON"),
        pytest.param("http://a:9200,http://search.example.com:9200", SEARCH, id="one of a list"),
        pytest.param("https://U:P@SEARCH.Example.com:9200/", SEARCH, id="in capitals"),
        pytest.param("search.example.com.", SEARCH, id="with its root's point"),
        pytest.param("postgresql://u:p@/db?host=/cloudsql/project:region:orders-db", NAMED, id="a socket"),
        pytest.param("%2Fcloudsql%2Fproject%3Aregion%3Aorders-db", NAMED, id="percent-encoded"),
        pytest.param("http://127.0.0.1:24010", SANDBOX, id="a port of the loopback"),
    ],
)
def test_it_leads_there(value: str, place: Place) -> None:
    assert leads_to(value, place)


@pytest.mark.parametrize(
    ("value", "place"),
    [
        pytest.param("", DATABASE, id="nothing"),
        pytest.param("postgresql://u:p@10.1.2.30/db", DATABASE, id="a longer number"),
        pytest.param("postgresql://u:p@110.1.2.3/db", DATABASE, id="a number before"),
        pytest.param("postgresql://u:p@10.1.2.3:6432/db", DATABASE, id="another port of the host"),
        pytest.param("host=10.1.2.3 port=6432", DATABASE, id="another port in a DSN"),
        pytest.param("https://search.example.com/", SEARCH, id="the scheme's own port"),
        pytest.param("https://my-search.example.com:9200/", SEARCH, id="a longer name"),
        pytest.param("https://search.example.com.evil:9200/", SEARCH, id="a name within a name"),
        pytest.param("project:region:orders-db-2", NAMED, id="another instance"),
        pytest.param("http://127.0.0.1:24011", SANDBOX, id="another port of the loopback"),
        pytest.param("127.0.0.1", SANDBOX, id="the loopback alone"),
        pytest.param("24010", SANDBOX, id="a number alone"),
    ],
)
def test_it_leads_elsewhere(value: str, place: Place) -> None:
    assert not leads_to(value, place)


@given(st.text(max_size=30), st.text(max_size=30))
def test_whatever_stands_around_an_address_hides_it_from_nobody(before: str, after: str) -> None:
    assert leads_to(f"{before} http://search.example.com:9200/ {after}", SEARCH)
