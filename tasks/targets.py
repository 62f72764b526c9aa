"""Where a drill restores to: names of its own for all that it makes, and the environment as it is there."""

from dataclasses import dataclass

from clients.environment import Environment
from clients.service_part import Template
from domain.drill_names import DRILL, ENVIRONMENT, LENGTH, target_name

__all__ = [
    "DRILL",
    "ENVIRONMENT",
    "LENGTH",
    "Target",
    "administrator_secret",
    "database_secret",
    "logins_secret",
    "target_name",
    "target_of",
]


@dataclass(frozen=True)
class Target:
    """What a drill makes and works on. Nothing of `env` is production's but project, region and buckets."""

    drill: str  # the run's id
    source: Environment
    env: Environment

    @property
    def name(self) -> str:
        """Of the instance and the service, and what the names of all else begin with."""
        return target_name(self.drill)

    @property
    def labels(self) -> dict[str, str]:
        """On everything that can carry labels: whose it is, and for how many seconds from its creation."""
        return {
            DRILL: self.drill,
            ENVIRONMENT: self.source.name,
            LENGTH: str(round(self.source.drill.lease.total_seconds())),
        }


def database_secret(name: str) -> str:
    """Of the secret with the service's address of the restored database."""
    return f"{name}-database-url"


def administrator_secret(name: str) -> str:
    """Of the secret with the administrator's address of the restored database."""
    return f"{name}-administrator-url"


def logins_secret(name: str) -> str:
    """Of the secret that the passwords of the restored database are made from."""
    return f"{name}-logins"


def target_of(env: Environment, drill: str) -> Target:
    """The target of a drill of this environment: every client and task that is given its `env` acts upon
    what was restored, and on nothing else. It is not heard in Slack."""
    name = target_name(drill)
    bound: dict[str, str | None] = {}
    database, search = env.database, env.search
    if database:
        if database.binding:
            bound[database.binding.variable] = database_secret(name)
        database = database.model_copy(update={"instance": name, "credentials": administrator_secret(name)})
    if search and env.drill.search:
        if search.binding:
            bound[search.binding] = env.drill.search
        search = search.model_copy(update={"credentials": env.drill.search})
    own = env.drill.service
    template: Template = env.service.template.model_copy(
        update={
            "env": {**_without(env.service.template.env, bound), **own.env},
            "secrets": {**_without(env.service.template.secrets, own.env), **own.secrets, **bound},
        }
    )
    service = env.service.model_copy(update={"name": name, "template": template})
    return Target(
        drill,
        env,
        env.model_copy(
            update={
                "name": f"{env.name}-{name}",
                "service": service,
                "database": database,
                "search": search,
                "slack": None,
            }
        ),
    )


def _without(variables: dict[str, str | None], others: dict[str, str | None]) -> dict[str, str | None]:
    return {name: value for name, value in variables.items() if name not in others}
