"""Database flags: which there are, what they admit, and which of them need a restart."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.kernel.children import Children
from sandbox.kernel.errors import ReasonError
from sandbox.kernel.state import Document
from sandbox.sql import command
from sandbox.sql.binaries import MAJOR, Binaries

# What Cloud SQL lets a user set, by family: https://docs.cloud.google.com/sql/docs/postgres/flags
OFFERED = re.compile(
    r"""
    autovacuum\w* | bgwriter_\w+ | checkpoint_\w+ | client_connection_check_interval | commit_\w+
    | constraint_exclusion | cpu_\w+ | cursor_tuple_fraction | deadlock_timeout | default_statistics_target
    | default_transaction_\w+ | effective_\w+ | enable_\w+ | from_collapse_limit | geqo\w* | gin_\w+
    | hash_mem_multiplier | hot_standby_feedback | idle_\w+_timeout | jit\w* | join_collapse_limit
    | lock_timeout | log_(?!directory|destination|filename|file_mode|rotation|truncate|timezone|line)\w+
    | logical_decoding_work_mem | maintenance_\w+ | max_(?!notify|stack)\w+ | min_parallel_\w+
    | parallel_\w+ | password_encryption | plan_cache_mode | random_page_cost | seq_page_cost
    | session_replication_role | shared_buffers | statement_timeout | synchronous_commit | tcp_\w+
    | temp_buffers | temp_file_limit | TimeZone | track_\w+ | transaction_timeout | vacuum_\w+
    | wal_(buffers|compression|\w+_timeout) | work_mem
    """,
    re.VERBOSE,
)
TYPES = {"BOOLEAN": "BOOLEAN", "INTEGER": "INTEGER", "REAL": "FLOAT", "STRING": "STRING", "ENUM": "STRING"}


@dataclass(frozen=True)
class Flag:
    """A flag as the server describes it. Cloud SQL narrows some bounds; the server's own are told here."""

    name: str
    kind: str
    needs_restart: bool
    least: str
    most: str

    def resource(self) -> Document:
        resource: Document = {
            "kind": "sql#flag",
            "name": self.name.lower(),
            "type": TYPES[self.kind],
            "appliesTo": [f"POSTGRES_{MAJOR}"],
            "requiresRestart": self.needs_restart,
            "flagScope": "SQL_FLAG_SCOPE_DATABASE",
        }
        if self.kind == "INTEGER":
            resource |= {"minValue": self.least, "maxValue": self.most}
        return resource


class Flags:
    """All flags of the PostgreSQL at hand."""

    def __init__(self, children: Children, binaries: Binaries, scratch: Path) -> None:
        self._children = children
        self._postgres = binaries.tool("postgres")
        self._scratch = scratch  # any folder: the server's check wants one
        self._known: dict[str, Flag] = {}

    async def known(self) -> Mapping[str, Flag]:
        """The flags that can be set, by their names in lower case."""
        if not self._known:
            for line in await command.run(self._children, [self._postgres, "--describe-config"]):
                name, context, _, kind, _, least, most, *_ = line.split("\t")
                if OFFERED.fullmatch(name):
                    self._known[name.lower()] = Flag(name, kind, context == "postmaster", least, most)
        return self._known

    async def check(self, wanted: Mapping[str, str]) -> None:
        """Refuse what the server would not start with.

        The texts are those of https://docs.cloud.google.com/sql/docs/postgres/error-messages, which puts an
        unknown name under 404 (not seen on the wire) and a bad value under 422 (seen as 400:
        https://github.com/google/exposure-notifications-server/issues/746).
        """
        known = await self.known()
        for name in wanted:
            if name.lower() not in known:
                text = "The requested flag is either misspelled or unsupported by Cloud SQL."
                raise ReasonError(404, "invalidFlagName", text)
        bad = ReasonError(400, "invalidFlagValue", "Value requested is not valid.")
        if not all(value.isprintable() for value in wanted.values()):  # a line break would end the setting
            raise bad
        settings: list[str | Path] = [
            part for name, value in wanted.items() for part in ("-c", f"{name}={value}")
        ]
        check: list[str | Path] = ["-C", "port", "-D", self._scratch, "-c", "config_file=/dev/null"]
        try:
            await command.run(self._children, [self._postgres, *check, *settings])
        except command.CommandFailed as failure:
            raise bad from failure

    async def need_restart(self, before: Mapping[str, str], after: Mapping[str, str]) -> bool:
        """Whether going from one set of flags to the other takes a restart."""
        known = await self.known()
        changed = (name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
        return any(known[name.lower()].needs_restart for name in changed)


def of(settings: Document) -> dict[str, str]:
    """The flags in an instance's settings."""
    return {flag.get("name", ""): flag.get("value", "") for flag in settings.get("databaseFlags", [])}
