"""What a revision is made of, as a digest: equal for two that would be the same."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from google.cloud import run_v2

from clients.cloud_run import fetch_revision, model_of
from clients.environment import Environment
from clients.patience import patient
from clients.revision_template import template_for, template_of


@patient
def fingerprint(env: Environment, *, image: str, secrets: Mapping[str, str], like: str | None) -> str:
    """A digest of what a revision made now would be made of: equal for two that would be the same."""
    return _digest(template_for(env, model_of(env, like), revision="", image=image, secrets=secrets))


@patient
def fingerprint_of(env: Environment, name: str) -> str:
    """The same digest of a revision that there is."""
    return _digest(template_of(fetch_revision(env, name)))


def _digest(template: run_v2.RevisionTemplate) -> str:
    """Over what is said, not how: the platform leaves out what is empty, and has its own order."""
    for container in template.containers:
        container.env = sorted(container.env, key=lambda variable: variable.name)
    said = _said(run_v2.RevisionTemplate.to_dict(template))
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _said(value: Any) -> Any:
    """The same without what is empty."""
    if isinstance(value, list):
        return [_said(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: said for name, inner in value.items() if (said := _said(inner))}
