"""Where an environment's database answers."""

from psycopg.conninfo import conninfo_to_dict

from clients.cloud_sql import instance_of
from clients.environment import Environment
from clients.postgres import login_address
from clients.sql_instances import read_instance_named
from domain.places import Place

PORT = 5432


def read_database_places(env: Environment) -> list[Place]:
    """The host and port of Muster's own login, the instance's address, and its connection name.

    Raises:
        Rejected: the credentials secret holds no address.
        ClientError: it could not be asked.
    """
    assert env.database
    parts = conninfo_to_dict(login_address(env, env.database.credentials))
    found = [Place(str(parts["host"]), int(parts.get("port") or PORT))]
    instance = read_instance_named(env, instance_of(env))
    if instance:
        found += [Place(instance.host, PORT)] if instance.host else []
        found += [Place(instance.connection)] if instance.connection else []
    else:
        found.append(Place(f"{env.project}:{env.region}:{env.database.instance}"))
    return list(dict.fromkeys(found))
