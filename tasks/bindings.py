"""What a service is bound to, and whether a drill can bind it to something of its own instead."""

from collections.abc import Iterator, Mapping
from typing import Any

from clients.environment import Environment
from clients.revision_variables import (
    connections_of_copy,
    secret_files_of_copy,
    sidecars_of_copy,
    variables_of_copy,
)
from domain.refusal import Problem


def binding_problems(env: Environment, service_json: Mapping[str, Any]) -> list[Problem]:
    """What a drill would take from production to run the service of a set: it is refused for each.

    `service_json` is the set's configuration/service.json.
    """
    if not service_json.get("revisions"):
        return [
            Problem(
                f"{env.name}: the set's copy of the service has no revision that served",
                "restore a set that was taken while one did",
            )
        ]
    return [
        *_borrowed(env, service_json),
        *_unreached(env, service_json),
        *_productions(env, service_json),
    ]


def _borrowed(env: Environment, copy: Mapping[str, Any]) -> Iterator[Problem]:
    """Variables that come from one of production's secrets, and are not given another."""
    own = env.drill.service
    given = own.env.keys() | own.secrets.keys() | _bound(env)
    for variable, secret in sorted(_secrets(env, copy).items()):
        if variable not in given:
            yield Problem(
                f"{env.name}: {variable} comes from the secret {secret}, which is production's",
                f"give {variable} a value under drill.service.env, or a secret of the drills' own under "
                "drill.service.secrets, or null to leave it out",
            )


def _unreached(env: Environment, copy: Mapping[str, Any]) -> Iterator[Problem]:
    """What the environment's overlay cannot replace."""
    for volume, secret in sorted(secret_files_of_copy(copy).items()):
        yield Problem(
            f"{env.name}: the volume {volume} holds the secret {secret}, which is production's",
            "let the service read it from a variable: a drill cannot give it other files",
        )
    for container in sidecars_of_copy(copy):
        yield Problem(
            f"{env.name}: the service runs {container} beside it, which would be bound to production",
            "a drill cannot give it other variables; drill a service of one container",
        )
    own = env.database and f"{env.project}:{env.region}:{env.database.instance}"
    for name in connections_of_copy(copy):
        if name != own:
            yield Problem(
                f"{env.name}: the service has a socket to {name}, which no drill restores",
                "drill a service of one database",
            )


def _productions(env: Environment, copy: Mapping[str, Any]) -> Iterator[Problem]:
    """Secrets that are called the drill's own, and are production's."""
    used = set(_secrets(env, copy).values())
    used |= {part.credentials for part in (env.database, env.search, env.heartbeat) if part}
    if env.slack:
        used.add(env.slack.token)
    for variable, secret in sorted(env.drill.service.secrets.items()):
        if secret and _short(secret) in {_short(each) for each in used}:
            yield Problem(
                f"{env.name}: drill.service.secrets gives {variable} {secret}, which is production's",
                "make a secret of the drills' own, and name that",
            )


def _secrets(env: Environment, copy: Mapping[str, Any]) -> dict[str, str]:
    """The variables that come from secrets, in the copy with the environment's overlay on it."""
    template = env.service.template
    found = {each.name: each.secret for each in variables_of_copy(copy) if each.secret}
    for variable in template.env:
        found.pop(variable, None)
    for variable, secret in template.secrets.items():
        if secret is None:
            found.pop(variable, None)
        else:
            found[variable] = secret
    return found


def _bound(env: Environment) -> set[str]:
    """The variables that every target gives other secrets."""
    found = set()
    if env.database and env.database.binding:
        found.add(env.database.binding.variable)
    if env.search and env.drill.search and env.search.binding:
        found.add(env.search.binding)
    return found


def _short(secret: str) -> str:
    return secret.rpartition("/")[2]
