"""The check of a drill's service: is it what the set notes, but for what the drill means to be otherwise?"""

from clients.errors import NotFound
from clients.service_copy import read_service_copy
from domain.finding import Finding, found
from domain.service_drift import drift
from tasks.drill_ground import Ground
from tasks.set_files import read_set_json

FILE = "configuration/service.json"


def service(ground: Ground) -> Finding:
    """Image, names of variables, limits and command as noted, with the environment's template laid over."""
    env, template = ground.target.env, ground.target.env.service.template
    noted = read_set_json(ground.target.source, ground.manifest, FILE)
    running = read_service_copy(env)
    if running is None or not running["revisions"]:
        raise NotFound(f"{env.service.name}: there is no such service, or no revision of it serves")
    image = str(ground.manifest.facts.get("service.image", ""))
    limits = {
        name: value
        for name, value in (("cpu", template.cpu), ("memory", template.memory))
        if value is not None
    }
    faults = drift(
        noted["revisions"][0] if noted["revisions"] else {},
        running["revisions"][0],
        image=image,
        variables={**template.env, **template.secrets},
        limits=limits,
    )
    return found(faults, f"image, variables and limits of {image.rpartition('/')[2]}")
