"""Exports: a logical copy of the database, written to Cloud Storage by Cloud SQL itself."""

from collections.abc import Collection

from clients.cloud_sql import Busy, admin, instance_of
from clients.database_instance import read_instance
from clients.environment import Environment
from clients.errors import AlreadyThere, Denied, told
from clients.patience import patient
from clients.sql_operations import EXPORT, Operation, list_operations


def exports_to(env: Environment, uri: str) -> list[Operation]:
    """The exports to that object, newest first, as far back as Cloud SQL tells."""
    return [each for each in list_operations(env, EXPORT) if each.uri == uri]


@patient
def begin_export(env: Environment, uri: str, before: Collection[str]) -> str:
    """Begin to export the database to gs://BUCKET/NAME, on another machine than the instance's own; the
    operation's name. `before` names the exports to that object that there were: any other is this one, whose
    answer was lost.

    Cloud SQL never overwrites an object: the export of one that is there fails.

    Raises:
        Busy: the instance works on something else.
        Denied: the instance's service account may not write there.
    """
    for each in exports_to(env, uri):
        if each.name not in before:
            return each.name
    assert env.database
    instance = instance_of(env)
    context = {"fileType": "SQL", "uri": uri, "databases": [env.database.name], "offload": True}
    try:
        with told(f"{instance}: exporting {env.database.name} to {uri}"):
            begun = (
                admin(env)
                .instances()
                .export(project=env.project, instance=instance, body={"exportContext": context})
                .execute()
            )
    except AlreadyThere as error:
        raise Busy(error.what, "wait for it, then try again") from error
    except Denied as error:
        raise Denied(error.what, _may_write(env, uri, error.hint)) from error
    return str(begun["name"])


def _may_write(env: Environment, uri: str, otherwise: str) -> str:
    """What to do when Cloud SQL may not write there: it writes as its instance, not as whoever asks."""
    instance = read_instance(env)
    if not instance or not instance.service_account:
        return otherwise
    bucket = uri.removeprefix("gs://").partition("/")[0]
    return (
        f"gcloud storage buckets add-iam-policy-binding gs://{bucket} "
        f"--member=serviceAccount:{instance.service_account} --role=roles/storage.objectCreator"
    )
