"""The commands by which a person with gcloud, psql and curl restores a set, without Muster."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from shlex import quote

from domain.manifest import Fact
from domain.recovery_set import Kind, Part
from domain.strict_json import compact
from domain.vault_layout import bucket_and_name


@dataclass(frozen=True)
class Place:
    """Where the service ran."""

    project: str
    region: str
    service: str


@dataclass(frozen=True)
class Known:
    """What the commands are made of."""

    place: Place
    parts: Mapping[Kind, Part]
    facts: Mapping[str, Fact]

    def fact(self, name: str) -> str:
        return str(self.facts.get(name, ""))


def restore_commands(place: Place, parts: Sequence[Part], facts: Mapping[str, Fact]) -> tuple[str, ...]:
    """Shell lines, part by part, comments between them. Names in capitals are for the person to choose:
    NEW_INSTANCE, and ELASTICSEARCH (the address of the cluster to restore into)."""
    known = Known(place, {part.kind: part for part in parts}, facts)
    told = {
        Kind.CONFIGURATION: _configuration,
        Kind.DATABASE: _database,
        Kind.SEARCH: _search,
        Kind.SECRETS: _secrets,
    }
    lines = [line for kind, tell in told.items() if kind in known.parts for line in tell(known)]
    return (*lines, *_service(known))


def _configuration(known: Known) -> Iterator[str]:
    bucket, name = bucket_and_name(known.parts[Kind.CONFIGURATION].references[0])
    yield "# what the service was made from"
    yield f"gcloud storage cp -r gs://{bucket}/{name.rpartition('/')[0]} ."


def _database(known: Known) -> Iterator[str]:
    backup, project = known.parts[Kind.DATABASE].references[0], known.place.project
    schema, noted_at = known.fact("database.schema"), known.fact("database.noted_at")
    yield f"# the database: schema {schema or 'unknown'}, as of {noted_at} or later, in a new instance"
    yield (
        f"gcloud sql backups restore {quote(backup)} --restore-instance=NEW_INSTANCE "
        f"--project={quote(project)}"
    )
    if instance := known.fact("database.instance"):
        yield "# or to an instant, such as the last before a mistake, as far as recovery logs go:"
        yield (
            f"gcloud sql instances clone {quote(instance)} NEW_INSTANCE --point-in-time=INSTANT "
            f"--project={quote(project)}"
        )
    yield "# settings and flags are not in a backup: compare with configuration/database.json"
    login = f"host=ADDRESS_OF_NEW_INSTANCE user=postgres dbname={known.fact('database.name')}"
    yield f"psql {quote(login)} -c '\\dt+'"


def _search(known: Known) -> Iterator[str]:
    repository, _, snapshot = known.parts[Kind.SEARCH].references[0].partition("/")
    indices = known.fact("search.indices") or "*"
    body = compact({"indices": indices, "include_global_state": False, "feature_states": ["none"]})
    json = "-H 'Content-Type: application/json'"
    yield f"# the index: on another cluster register the repository {repository} with readonly first"
    yield f'SNAPSHOT="$ELASTICSEARCH/_snapshot/{repository}/{snapshot}"'
    yield f'curl -fsS -X POST "$SNAPSHOT/_restore?wait_for_completion=true" {json} -d {quote(body)}'
    yield "# an answer 200 is not enough: shards.failed has to be 0, and the counts those of this manifest"
    yield 'curl -fsS "$ELASTICSEARCH/_cat/indices?v"'


def _secrets(known: Known) -> Iterator[str]:
    yield "# the versions of secrets that it used: each has to be ENABLED"
    for version in known.parts[Kind.SECRETS].references:
        _, project, _, secret, _, number = version.split("/")
        yield f"gcloud secrets versions describe {number} --secret={quote(secret)} --project={quote(project)}"


def _service(known: Known) -> Iterator[str]:
    image, place = known.fact("service.image"), known.place
    if not image:
        return
    yield "# the service on what was restored: its variables and secrets are in configuration/service.json"
    yield (
        f"gcloud run deploy {quote(place.service)} --image={quote(image)} --region={quote(place.region)} "
        f"--project={quote(place.project)} --no-traffic --tag=restored"
    )
