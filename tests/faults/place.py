"""Where a run takes place: an environment of its own, with a name of its own."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from clients.environment import Environment
from tests.faults.ground import Ground, Server
from tests.sandbox.run_client import Document

LEASE = 10.0  # seconds: shorter ones lapse by themselves on a machine that is busy with other things
LAPSES = LEASE + 2.0  # seconds after its last renewal


@dataclass(frozen=True)
class Place:
    """Its name is the environment's, the service's, the database's, the channel's."""

    ground: Ground
    name: str
    env: Environment
    server: Server | None
    since: str = field(default_factory=lambda: datetime.now(UTC).isoformat().replace("+00:00", "Z"))

    @property
    def variables(self) -> dict[str, str]:
        """What a `muster` process there is told."""
        return {"MUSTER_ENVIRONMENTS": str(self.ground.environments), "MUSTER_WHO": "faults"}

    @property
    def about(self) -> str:
        """What the calls about this place have in them, as a regular expression."""
        return self.name

    @property
    def words(self) -> dict[str, str]:
        """What stands in a step's call for this place."""
        return {"env": self.name}

    @property
    def service(self) -> Document | None:
        answer = self.ground.http.get(f"{self.ground.run.root}/services/{self.name}")
        if answer.status_code == 404:
            return None
        found: Document = answer.raise_for_status().json()
        return found

    def objects(self, bucket: str) -> dict[str, str]:
        """This place's objects in a bucket, by name, as texts. What is another's may meet another's fault."""
        http = self.ground.http
        listed = http.get(f"/storage/v1/b/{bucket}/o").raise_for_status().json().get("items", [])
        found = {one["name"]: http.get(one["mediaLink"]) for one in listed if self.name in one["name"]}
        return {name: answer.text for name, answer in found.items() if answer.is_success}
