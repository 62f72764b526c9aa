"""New Cloud SQL instances out of what was kept of another one: a backup, or its log."""

from datetime import datetime
from typing import Any

from clients.cloud_sql import admin
from clients.environment import Environment
from clients.patience import patient
from clients.sql_instances import begin, read_instance_named
from domain.strict_json import iso


@patient
def restore_as_new(env: Environment, name: str, backup: str, region: str, settings: dict[str, Any]) -> str:
    """Begin to make an instance of a backup, projects/PROJECT/backups/ID; the operation's name. There is one
    of that name already: it is not touched, and the name is empty.

    Its settings are those that the backup keeps of its instance, but for these. With settings named, the API
    refuses to restore into an instance that is there (restoreInstanceSettings,
    https://docs.cloud.google.com/sql/docs/postgres/admin-api/rest/v1/instances/restoreBackup).

    Raises:
        Busy, NotFound, Rejected.
    """
    if read_instance_named(env, name):
        return ""
    wanted = {"name": name, "region": region, "settings": settings}
    body = {"backup": backup, "restoreInstanceSettings": wanted}
    call = admin(env).instances().restoreBackup(project=env.project, instance=name, body=body)
    return begin(f"{name}: restoring {backup} into it", call.execute)


@patient
def clone_as_new(env: Environment, source: str, name: str, at: datetime) -> str:
    """Begin to make an instance with another one's data as they were at an instant; the operation's name.
    There is one of that name already: it is not touched, and the name is empty.

    It has its source's settings, labels among them, and none of its own: see `patch_instance`. Meanwhile the
    source takes no other operation, such as a backup; users do not notice.

    Raises:
        Busy: the source works on something else.
        NotFound: there is no such source.
        Rejected: it cannot be brought to that instant.
    """
    if read_instance_named(env, name):
        return ""
    body = {"cloneContext": {"destinationInstanceName": name, "pointInTime": iso(at)}}
    call = admin(env).instances().clone(project=env.project, instance=source, body=body)
    return begin(f"{source}: cloning it to {iso(at)} as {name}", call.execute)
