"""Looking at a place: what serves there, whether it works, what can be read in all that was written."""

import httpx

from domain.service import SIGNATURE
from tests.faults.deploys import traces
from tests.faults.deploys.place import ServedPlace
from tests.faults.deploys.scene import DeployScene
from tests.faults.deploys.seen import State
from tests.faults.ground import TOKEN
from tests.faults.slack import threads
from tests.sandbox.run_client import Document

PROBES = 8  # requests that show whether the service works


def state(place: ServedPlace) -> State:
    """The service as it is now."""
    service = place.service
    if service is None:
        return State({}, {}, {}, place.schema(), ())
    targets = service.get("trafficStatuses", [])
    return State(
        shares=shares(service),
        tags={one["tag"]: one["revision"] for one in targets if one.get("tag")},
        marks={key: text for key, text in service.get("annotations", {}).items() if _is_mark(key)},
        schema=place.schema(),
        wrong=_wrong(service.get("uri", "")),
    )


def _is_mark(annotation: str) -> bool:
    """Of ours; the signature of who set the split last is none, and stays."""
    return annotation.startswith("muster/") and annotation != SIGNATURE


def shares(service: Document | None) -> dict[str, int]:
    """The percent that each revision is served."""
    found: dict[str, int] = {}
    for target in (service or {}).get("trafficStatuses", []):
        found[target["revision"]] = found.get(target["revision"], 0) + int(target.get("percent", 0))
    return {name: percent for name, percent in found.items() if percent}


def secrets(place: ServedPlace) -> dict[str, str]:
    """What must not be read anywhere."""
    found = {"a variable's secret": place.ground.planted, "Slack's token": place.ground.read_secret(TOKEN)}
    passwords = place.server.passwords if place.server else {}
    return found | {f"the password of {user}": word for user, word in passwords.items()}


def texts(scene: DeployScene) -> dict[str, str]:
    """Everything that was written, by where it is."""
    place = scene.place
    found = {f"what {one.arguments[0]} said": one.said for one in scene.commands}
    for bucket in (place.env.state, place.env.vault):
        for name, text in place.objects(bucket).items():
            found[f"gs://{bucket}/{name}"] = text
    found["Slack"] = "\n".join(thread.everything for thread in threads(place))
    found["the jobs' log"] = traces.job_output(place)
    return found


def _wrong(uri: str) -> tuple[str, ...]:
    if not uri:
        return ()
    with httpx.Client(timeout=20) as user:
        found = [user.get(f"{uri}/{path}").status_code for path in ("health", *["try"] * (PROBES - 1))]
    return tuple(str(status) for status in found if status != 200)
