"""A drill's service is held against the one that the set notes, as Cloud Run tells both."""

from datetime import UTC, datetime

from clients.cloud_run import create_service
from clients.environment import Environment
from clients.service_copy import image_of, read_service_copy
from domain.manifest import Manifest
from domain.recovery_set import Kind, Part
from domain.strict_json import canonical, sha256
from domain.vault_layout import part_name
from tasks.drill_ground import Ground
from tasks.service_checks import FILE, service
from tasks.targets import Target, target_of
from tests.contract.conftest import ready
from tests.recovery import put


def noted(env: Environment) -> Manifest:
    """A set with the service as it is deployed."""
    found = read_service_copy(env)
    assert found
    text = canonical(found)
    file = put(env, part_name(env.name, "1", FILE), text.encode())
    at = datetime.now(UTC)
    part = Part(Kind.CONFIGURATION, (file,), at)
    facts = {"service.image": image_of(found)}
    return Manifest("1", env.name, env.name, at, at, (part,), digests={file: sha256(text)}, facts=facts)


def boot(target: Target, image: str, **template: object) -> None:
    """The drill's service, with this laid over the target's template."""
    changed = target.env.service.template.model_copy(update=template)
    env = target.env.model_copy(
        update={"service": target.env.service.model_copy(update={"template": changed})}
    )
    revision = f"{target.name}-one"
    create_service(env, revision=revision, image=image, secrets={}, annotations={})
    ready(env, revision)


def test_a_service_is_as_noted_or_is_told_how_not(env: Environment, image: str) -> None:
    first = f"{env.service.name}-one"
    create_service(env, revision=first, image=image, secrets={}, annotations={})
    ready(env, first)
    manifest = noted(env)
    same, other = target_of(env, f"a{env.name[2:]}"), target_of(env, f"b{env.name[2:]}")
    boot(same, image)
    finding = service(Ground(same, manifest, None))
    assert finding.passed, finding.said
    boot(other, image, memory="1Gi", env={"ADDED": "x"})
    finding = service(Ground(other, manifest, None))
    assert not finding.passed
    assert "variable ADDED was not noted" in finding.said
    assert "limit memory is 1Gi" in finding.said
