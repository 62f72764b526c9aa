"""The configuration of a restored instance: a restore does not bring all of it back."""

from functools import partial

from clients.database_instance import read_configuration
from clients.sql_instances import patch_instance
from domain import configuration_drift as rules
from domain.manifest import Manifest
from tasks.sql_work import Keep, work
from tasks.step import step
from tasks.target_instances import SETTLES, noted_configuration
from tasks.targets import Target


@step
def replay_database_configuration(target: Target, manifest: Manifest, keep: Keep) -> list[str]:
    """Set flags, backup settings and all else of the set's configuration on the restored instance; what still
    differs, in sentences. It takes no backups all the same: they would outlive the drill.

    Raises:
        Rejected: Cloud SQL does not accept it.
        WorkFailed: Cloud SQL did not do it.
    """
    noted = noted_configuration(target, manifest)
    if changes := rules.drifted(noted, read_configuration(target.env)):
        call = partial(patch_instance, target.env, target.name, changes)
        what = f"{target.name}: its configuration"
        work(target.env, target.name, what, call, keep=keep, within=SETTLES)
    return rules.drift(noted, read_configuration(target.env))


def database_drift(target: Target, manifest: Manifest) -> list[str]:
    """What differs, in sentences; nothing is changed."""
    return rules.drift(noted_configuration(target, manifest), read_configuration(target.env))
