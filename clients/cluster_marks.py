"""A drill's mark in a cluster: among the settings `cluster.metadata.*`, which are for people's own notes
(https://www.elastic.co/docs/deploy-manage/deploy/self-managed/important-settings-configuration)."""

from clients.environment import Environment
from clients.errors import Rejected
from clients.patience import patient
from clients.search import asked
from domain.restore_mark import RestoreMark, mark_from_text

SETTING = "cluster.metadata.muster"


@patient
def read_mark(env: Environment) -> RestoreMark | None:
    """The mark in the environment's cluster; None when there is none.

    Raises:
        Rejected: what is there is no mark.
    """
    with asked(env, f"{env.name}: reading the cluster's settings") as client:
        found = client.cluster.get_settings(flat_settings=True)["persistent"].get(SETTING)
    if not found:
        return None
    try:
        return mark_from_text(found)
    except ValueError as error:
        raise Rejected(
            f"{env.name}: the cluster's setting {SETTING} is no mark of a drill: {error}",
            f"look whose it is, then take it away: PUT _cluster/settings, {SETTING}: null",
        ) from error


@patient
def write_mark(env: Environment, mark: RestoreMark | None) -> None:
    """Leave the mark, over any that is there; None takes it away."""
    with asked(env, f"{env.name}: writing the cluster's settings") as client:
        client.cluster.put_settings(persistent={SETTING: mark.to_text() if mark else None})
