"""The faults that only what is run about recovery sets meets."""

from tests.faults.kinds import FOR_EVER, Kind, away, meeting
from tests.faults.scene import Scene

CLOUD_SQL = "^/v1/projects/[^/]+/(instances|backups|operations)"
SEARCH = "^/(?!(v1|v2|storage|upload|download|resumable|slack)/)"  # what is not Google's, nor Slack's
SECOND_VAULT = "/b/muster-vault-2/"
EXHAUSTED = (
    "Quota exceeded for quota metric 'Mutate' and limit 'Mutate per minute per user' of service "
    "'sqladmin.googleapis.com' for consumer 'project_number:1'."
)


def exhausted(scene: Scene) -> None:
    """The step's call is refused for its quota, however often it is made, until there is some again."""
    about = scene.step.call(scene.place.words, 0)
    fault = scene.faults.arm("refuse", times=FOR_EVER, status=429, message=EXHAUSTED, **about)
    command = scene.start()
    command.end(scene.lots.uniform(5, 20))
    scene.met = scene.faults.met(fault) > 0
    scene.faults.remove(fault)
    scene.ended(command)


def second_location_down(scene: Scene) -> None:
    """Nothing can be read or written in the second vault, until the command has ended."""
    with meeting(scene, SECOND_VAULT, "refuse"):
        scene.ended(scene.start())


QUOTA = Kind("quota", "the step's call is answered 429, whenever it is made, for 5 to 20 s", exhausted)
CLOUD_SQL_DOWN = Kind(
    "Cloud SQL down", "Cloud SQL refuses or drops all calls for 1 to 20 s", away(CLOUD_SQL, 1, 20)
)
SEARCH_DOWN = Kind(
    "search down", "Elasticsearch refuses or drops all calls for 1 to 20 s", away(SEARCH, 1, 20)
)
SECOND_DOWN = Kind(
    "second location down", "all calls about the second vault are answered 503", second_location_down
)
