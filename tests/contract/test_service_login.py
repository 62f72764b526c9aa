"""The service's login is read out of the address it is given, in whatever form that is written."""

import pytest

from clients.database_part import Binding
from clients.service_login import filled_in

SQLALCHEMY = "postgresql+psycopg://{user}:{password}@{host}/{database}"


@pytest.mark.parametrize(
    ("form", "text", "found"),
    [
        pytest.param(
            SQLALCHEMY,
            "postgresql+psycopg://shop:a%40b%2Fc@10.0.0.1:5432/app\n",
            {"user": "shop", "password": "a@b/c", "host": "10.0.0.1:5432", "database": "app"},
            id="an address, percent-encoded",
        ),
        pytest.param(
            "postgresql://{user}:{password}@/{database}?host=/cloudsql/{connection}",
            "postgresql://shop:pw@/app?host=/cloudsql/p:r:i",
            {"user": "shop", "password": "pw", "connection": "p:r:i", "database": "app"},
            id="through a socket",
        ),
        pytest.param(
            "{host} {password} {host}",
            "h pw h",
            {"host": "h", "password": "pw"},
            id="a place twice",
        ),
        pytest.param("{host} {password} {host}", "h pw i", None, id="a place twice, and unlike"),
        pytest.param(SQLALCHEMY, "postgresql://shop:pw@h/app", None, id="another form"),
        pytest.param(SQLALCHEMY, "", None, id="nothing"),
    ],
)
def test_what_stands_in_the_places(form: str, text: str, found: dict[str, str] | None) -> None:
    binding = Binding(variable="DATABASE_URL", user="shop", address=form)
    assert filled_in(binding, text) == found
