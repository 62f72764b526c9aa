"""The files that configure a cluster: written anew at each start, so that nothing else configures it."""

from collections.abc import Mapping
from pathlib import Path

from sandbox.sql.addresses import PORT

ADMIN = "cloudsqladmin"  # the platform's own superuser, as in Cloud SQL

# Every client proves a password by SCRAM, from wherever it comes: authorized networks are not imitated.
HBA = f"""\
host all all all scram-sha-256
host replication {ADMIN} all scram-sha-256
"""


def write(data: Path, *, name: str, address: str, flags: Mapping[str, str]) -> None:
    """Write postgresql.conf and pg_hba.conf. Flags come last, so they win."""
    settings = {
        "listen_addresses": address,
        "port": str(PORT),
        "unix_socket_directories": "",  # a path longer than 107 bytes would keep it from starting
        "cluster_name": name,
        "shared_buffers": "32MB",
        "max_connections": "100",
        "max_wal_size": "256MB",
        "min_wal_size": "32MB",
        "wal_compression": "lz4",
        "recovery_init_sync_method": "syncfs",  # a restored cluster starts without opening each of its files
        "password_encryption": "scram-sha-256",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] %u@%d ",
        **flags,
    }
    (data / "postgresql.conf").write_text("".join(f"{key} = {_quoted(settings[key])}\n" for key in settings))
    (data / "pg_hba.conf").write_text(HBA)
    (data / "postgresql.auto.conf").write_text("")


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
