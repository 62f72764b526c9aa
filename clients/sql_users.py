"""The users of a Cloud SQL instance, and their passwords, which are set and never read."""

from dataclasses import dataclass

from clients.cloud_sql import admin
from clients.environment import Environment
from clients.errors import told
from clients.patience import patient
from clients.sql_instances import begin

BUILT_IN = ("", "BUILT_IN")  # an API that says no type means this one


@dataclass(frozen=True)
class User:
    """A login. One that is not built in has no password: IAM lets it in."""

    name: str
    built_in: bool


@patient
def list_users(env: Environment, instance: str) -> list[User]:
    """The instance's users, as its API knows them.

    Raises:
        NotFound: there is no such instance.
        Rejected: it does not run.
    """
    with told(f"{instance}: listing its users"):
        found = admin(env).users().list(project=env.project, instance=instance).execute()
    return [User(item["name"], item.get("type", "") in BUILT_IN) for item in found.get("items", [])]


@patient
def set_password(env: Environment, instance: str, user: str, password: str) -> str:
    """Begin to give a user another password; the operation's name. Once more does no harm.

    Raises:
        Busy: the instance works on something else.
        NotFound: there is no such user.
    """
    body = {"name": user, "password": password}
    call = admin(env).users().update(project=env.project, instance=instance, name=user, body=body)
    return begin(f"{instance}: setting the password of {user}", call.execute)
