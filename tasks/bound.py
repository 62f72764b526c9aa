"""The environment as it is once its service is bound to another instance than the file names."""

from clients.environment import Environment


def bound_to(env: Environment, instance: str) -> Environment:
    """The environment with that instance in its file's place."""
    assert env.database
    return env.model_copy(update={"database": env.database.model_copy(update={"instance": instance})})
