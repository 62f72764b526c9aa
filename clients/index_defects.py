"""Changes to restored indices, made on purpose in an isolated cluster, to see that they are noticed."""

from typing import Any

from elasticsearch import BadRequestError

from clients.environment import Environment
from clients.errors import NotFound
from clients.patience import patient
from clients.search import asked

REFRESH = "index.refresh_interval"


@patient
def delete_index(env: Environment, name: str) -> None:
    """Delete one; what is gone already is gone."""
    try:
        with asked(env, f"{name}: deleting the index") as client:
            client.indices.delete(index=name)
    except NotFound:
        return


@patient
def make_empty_index(env: Environment, name: str) -> None:
    """Make one with nothing in it. There is one of that name: it is left as it is."""
    with asked(env, f"{name}: making the index") as client:
        try:
            client.indices.create(index=name, settings={"number_of_replicas": 0})
        except BadRequestError as error:
            if error.error != "resource_already_exists_exception":
                raise


@patient
def refresh_interval(env: Environment, name: str) -> str:
    """How often what is written to an index can be found; empty where nobody has set it."""
    with asked(env, f"{name}: reading its settings") as client:
        found: dict[str, Any] = client.indices.get_settings(index=name, name=REFRESH, flat_settings=True).body
    return str(found[name]["settings"].get(REFRESH, "")) if name in found else ""


@patient
def set_refresh_interval(env: Environment, name: str, value: str) -> None:
    """Let it be so often, such as 5s."""
    with asked(env, f"{name}: changing its settings") as client:
        client.indices.put_settings(index=name, settings={REFRESH: value})
