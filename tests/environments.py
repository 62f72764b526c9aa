"""Environment files for tests: whole ones, with short holds, and whatever a test lays over them."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from clients.environment import Environment
from tests.conftest import Endpoints

Document = dict[str, Any]

NOTHING: Mapping[str, Any] = MappingProxyType({})

STATE, VAULT, SECOND_VAULT = "muster-state", "muster-vault", "muster-vault-2"  # of examples.landscape
TINY = Path(__file__).parent / "contract" / "tiny"  # a service of the standard library alone: see its app.py


def environment_content(
    cloud: Endpoints,
    name: str,
    *,
    service: str = "",
    database: Document | None = None,
    over: Mapping[str, Any] = NOTHING,
) -> Document:
    """What an environment's file says, for a service in the sandbox; by default named like the environment.

    There is no database unless one is given, as the file would describe it: `{"instance": ..., "name": ...,
    "credentials": ...}`. `over` is laid over all of it, mappings into mappings: `{"canary": {"hold": "4s"}}`.
    """
    service = service or name
    content: Document = {
        "project": cloud.project,
        "region": cloud.region,
        "endpoints": {"google": cloud.google, "slack": cloud.slack},
        "state": STATE,
        "vault": VAULT,
        "service": {
            "name": service,
            "repository": f"{cloud.region}-docker.pkg.dev/{cloud.project}/muster/{service}",
            "smoke": [{"name": "healthy", "path": "/health", "expect": {"ok": True}}],
        },
        "canary": {
            "steps": [50],
            "hold": "2s",
            "minimum_requests": 20,
            "look_every": "250ms",
            "log_lag": "500ms",  # the sandbox's own is 0.3 s in tests
        },
        "lease": "5s",
    }
    if database is not None:
        content["database"] = database
    return laid_over(content, over)


def write_environment(
    folder: Path,
    cloud: Endpoints,
    name: str,
    *,
    service: str = "",
    database: Document | None = None,
    over: Mapping[str, Any] = NOTHING,
) -> Path:
    """Write that file into a folder, for MUSTER_ENVIRONMENTS to name; its path."""
    file = folder / f"{name}.yaml"
    content = environment_content(cloud, name, service=service, database=database, over=over)
    file.write_text(yaml.safe_dump(content, sort_keys=False))
    return file


def environment(
    cloud: Endpoints,
    name: str,
    *,
    service: str = "",
    database: Document | None = None,
    over: Mapping[str, Any] = NOTHING,
) -> Environment:
    """The same environment without a file, for who calls clients and tasks directly."""
    content = environment_content(cloud, name, service=service, database=database, over=over)
    return Environment.model_validate({"name": name, **content})


def laid_over(content: Mapping[str, Any], over: Mapping[str, Any]) -> Document:
    """Both together; where both have a mapping, these are laid over each other in turn."""
    both = content.keys() & over.keys()
    return {
        **content,
        **over,
        **{
            key: laid_over(content[key], over[key])
            for key in both
            if isinstance(content[key], Mapping) and isinstance(over[key], Mapping)
        },
    }
