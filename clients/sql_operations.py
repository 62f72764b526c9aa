"""Cloud SQL's operations. One that is DONE may carry an error: DONE is not success."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from google.cloud import sqladmin_v1

from clients.cloud_sql import admin, instance_of
from clients.environment import Environment
from clients.errors import NotFound, told
from clients.patience import patient

Status = sqladmin_v1.Operation.SqlOperationStatus
EXPORT = "EXPORT"


@dataclass(frozen=True)
class Operation:
    """What is, or was, being done."""

    name: str
    kind: str  # Cloud SQL's own word, such as BACKUP_VOLUME
    ended: bool
    error: str  # in Cloud SQL's words; empty where it has none
    began_at: datetime  # while it waits, when it was asked for
    backup: str = ""  # the reference of the backup that it is about
    uri: str = ""  # where an export goes

    @property
    def succeeded(self) -> bool:
        return self.ended and not self.error


@patient
def read_operation(env: Environment, name: str) -> Operation | None:
    """The operation as it is now. None when it is not told of any more: Cloud SQL forgets some that ended
    (https://github.com/hashicorp/terraform-provider-google/issues/13887)."""
    try:
        with told(f"{instance_of(env)}: looking at an operation"):
            found = admin(env).operations().get(project=env.project, operation=name).execute()
    except NotFound:
        return None
    return _operation(found)


@patient
def list_operations(env: Environment, kind: str = "", *, instance: str = "") -> list[Operation]:
    """The operations of the environment's instance, or of that one, newest first, as far back as is told; of
    that kind if one is named."""
    items = _items(env, instance or instance_of(env))
    found = (_operation(item) for item in items if not kind or item.get("operationType") == kind)
    return sorted(found, key=lambda each: each.began_at, reverse=True)


def _items(env: Environment, instance: str) -> Iterator[dict[str, Any]]:
    page = ""
    while True:
        with told(f"{instance}: listing its operations"):
            found = (
                admin(env)
                .operations()
                .list(project=env.project, instance=instance, pageToken=page or None)
                .execute()
            )
        yield from found.get("items", [])
        page = found.get("nextPageToken", "")
        if not page:
            return


def _operation(item: dict[str, Any]) -> Operation:
    typed = sqladmin_v1.Operation.from_json(json.dumps(item), ignore_unknown_fields=True)
    return Operation(
        name=typed.name,
        kind=item.get("operationType", ""),
        ended=typed.status == Status.DONE,
        error="; ".join(error_text(each) for each in typed.error.errors) if "error" in item else "",
        began_at=typed.start_time or typed.insert_time,
        backup=typed.backup_context.name,
        uri=typed.export_context.uri,
    )


def error_text(error: sqladmin_v1.OperationError) -> str:
    """What it says; a real one may have no message, so that its code is all there is."""
    return ": ".join(part for part in (error.code, error.message.rstrip(".")) if part) or "an unnamed error"
