"""The application of a drill's target: the release that the set names, run on what was restored."""

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from clients.cloud_run import read_revision, read_service
from clients.copied_services import create_service_from_copy, planned_variables, secrets_needed_by_copy
from clients.environment import Environment
from clients.errors import AlreadyThere
from clients.jobs import delete_job
from clients.labelled import list_things
from clients.labelled_services import delete_service, read_labelled_service
from clients.secret_versions import newest_version
from domain.manifest import Manifest
from domain.reaping import Sort
from domain.refusal import Problem, Refused
from tasks.bindings import binding_problems
from tasks.production_places import leads_to_production, production_places
from tasks.set_files import read_set_json
from tasks.side_by_side import side_by_side
from tasks.step import step
from tasks.targets import DRILL, Target
from tasks.waiting import wait_for

logger = logging.getLogger("muster")

STARTS = timedelta(minutes=10)  # beyond what its own probe allows, for pulling the image and the like
ANSWERS = timedelta(minutes=5)  # until a service whose revision is ready has its address
ENDS = timedelta(minutes=5)  # until a deletion is done
FILE = "configuration/service.json"

Keep = Callable[[], None]


class ApplicationDidNotBoot(Exception):
    """The set's release did not start on what was restored."""


@step
def boot(target: Target, manifest: Manifest, keep: Keep) -> str:
    """Run the release that the set names, as a service of the drill's own, on what was restored; its address.

    Its template is the set's copy with the target's overlay: other secrets, other instances, one instance at
    most. Made already, it is taken as it is. `keep` is called every second or so (to renew a lease).

    Raises:
        Refused: it would be given something of production's. Nothing was made.
        ApplicationDidNotBoot: with the reason that Cloud Run has.
        AlreadyThere: there is a service of its name that this drill did not make.
    """
    env = one_instance(target.env)
    copy = read_set_json(env, manifest, FILE)
    pinned = drill_versions(target, copy)
    keep()
    revision = revision_name(target)
    create_service_from_copy(
        env,
        copy,
        revision=revision,
        image=image_of_set(manifest),
        secrets=pinned,
        labels=target.labels,
        connections=connections(target),
    )
    startup = env.service.template.startup
    within = STARTS + (startup.within if startup else timedelta(minutes=4))
    wait_for(lambda: _ready(env, revision), within, f"{revision}: its start", keep)
    address = wait_for(lambda: _address(env), ANSWERS, f"{env.service.name}: its address", keep)
    logger.info(f"{env.service.name}: {image_of_set(manifest)} is up")
    return address


@step
def take_down_service(target: Target, keep: Keep) -> list[str]:
    """Delete the drill's service and jobs, and see them gone; what was removed, in sentences. What is gone is
    gone.

    Raises:
        AlreadyThere: there is a service of its name that this drill did not make. It is left as it is.
    """
    env = target.env
    removed = []
    for job in (each for each in list_things(env, Sort.JOB) if each.drill == target.drill):
        delete_job(env, job.name)
        removed.append(f"job {job.name}")
        keep()
    found = read_labelled_service(env)
    if found is None:
        return removed
    if found.labels.get(DRILL) != target.drill:
        raise AlreadyThere(
            f"{found.name}: this drill did not make it", "it is left as it is: look whose it is"
        )
    delete_service(env, found.name)
    wait_for(lambda: read_labelled_service(env) is None or None, ENDS, f"{found.name}: its end", keep)
    return [*removed, f"service {found.name}"]


def revision_name(target: Target) -> str:
    """Of the one revision of the drill's service."""
    return f"{target.name}-1"


def image_of_set(manifest: Manifest) -> str:
    """The image of the release that the set names.

    Raises:
        Refused: it names none, as nothing was deployed when it was taken.
    """
    image = str(manifest.facts.get("service.image", ""))
    if not image:
        raise Refused(
            [
                Problem(
                    f"{manifest.id}: it names no release: no service was deployed when it was taken",
                    "deploy the service, take another set (muster backup), and drill that",
                )
            ]
        )
    return image


def connections(target: Target) -> dict[str, str]:
    """The Cloud SQL instance that is reached in place of the source's, as PROJECT:REGION:INSTANCE."""
    source, restored = target.source.database, target.env.database
    if source is None or restored is None:
        return {}
    place = f"{target.source.project}:{target.source.region}"
    return {f"{place}:{source.instance}": f"{place}:{restored.instance}"}


def drill_versions(target: Target, copy: Mapping[str, Any]) -> dict[str, str]:
    """The newest version of each secret that the drill's service is given.

    Raises:
        Refused: one of them, or a plain value, is production's.
    """
    problems = binding_problems(target.source, copy)
    if problems:
        raise Refused(problems)
    names = sorted(secrets_needed_by_copy(target.env, copy))
    pinned = dict(zip(names, side_by_side(lambda name: newest_version(target.env, name), names), strict=True))
    planned = planned_variables(target.env, copy, pinned)
    found = leads_to_production(target.env, planned, production_places(target.source))
    if found:
        raise Refused(
            Problem(what, "give it another value under drill.service, or null to leave it out")
            for what in found
        )
    return pinned


def one_instance(env: Environment) -> Environment:
    """The environment with as few instances as there can be: no user comes."""
    template = env.service.template.model_copy(update={"min_instances": 0, "max_instances": 1})
    service = env.service.model_copy(update={"template": template})
    return env.model_copy(update={"service": service})


def _ready(env: Environment, name: str) -> bool | None:
    revision = read_revision(env, name)
    if revision is not None and revision.failed:
        raise ApplicationDidNotBoot(f"{name} did not start: {revision.reason.splitlines()[0]}")
    return True if revision is not None and revision.ready else None


def _address(env: Environment) -> str | None:
    service = read_service(env)
    return service.uri if service is not None and service.settled and service.uri else None
