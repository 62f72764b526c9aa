"""Taking down what a drill made of a database."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from clients.database_backups import list_backups_of
from clients.own_secrets import delete_secret, list_secrets
from clients.sql_instances import delete_instance, read_instance_named
from tasks.database_backups import delete_database_backup
from tasks.sql_work import work
from tasks.step import step
from tasks.target_instances import claim, labelled, lasting, own_instance
from tasks.targets import DRILL, ENVIRONMENT, Target
from tasks.waiting import wait_for

Keep = Callable[[], None]

GONE = timedelta(minutes=30)  # until an instance is deleted, at most


@step
def take_down_database(target: Target, keep: Keep) -> None:
    """Remove the drill's instance, what is left of its backups, and all secrets with the drill's labels. What
    is gone is gone; a busy instance is waited for.

    Raises:
        NotOurs: there is an instance of that name which the drill did not make. It is not touched.
        WorkFailed: Cloud SQL did not delete it.
        Unavailable: it did not go in time.
    """
    try:
        _take_down_instance(target, keep)
    finally:
        for secret in list_secrets(target.env, {DRILL: target.drill, ENVIRONMENT: target.source.name}):
            delete_secret(target.env, secret.name)


def _take_down_instance(target: Target, keep: Keep) -> None:
    env, name = target.env, target.name
    found = own_instance(target)
    if found and (lasting(found) or not labelled(target, found)):
        claim(target, found, keep)
    if found:
        what = f"{name}: its deletion"
        work(env, name, what, partial(delete_instance, env, name), keep=keep, within=GONE)
        wait_for(lambda: read_instance_named(env, name) is None or None, GONE, what, keep)
    for reference in list_backups_of(env, name):
        delete_database_backup(env, reference, keep)
