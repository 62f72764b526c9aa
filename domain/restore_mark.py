"""The mark that a drill leaves in the isolated cluster before it makes anything there: whose all of it is."""

from dataclasses import dataclass
from datetime import datetime

from domain.strict_json import compact, instant, iso, mapping, parse, text, texts


@dataclass(frozen=True)
class RestoreMark:
    """What a drill makes in the cluster, noted beforehand: it is found whatever became of the drill."""

    drill: str
    environment: str
    reference: str  # of the snapshot: REPOSITORY/SNAPSHOT
    begun_at: datetime
    indices: tuple[str, ...]
    definitions: tuple[str, ...] = ()  # templates and pipelines, as KIND/NAME; those that were there are not
    repository: str = ""  # that it registers; empty where it was registered already

    def to_text(self) -> str:
        """As one line of JSON."""
        return compact(
            {
                "drill": self.drill,
                "environment": self.environment,
                "reference": self.reference,
                "begun_at": iso(self.begun_at),
                "indices": list(self.indices),
                "definitions": list(self.definitions),
                "repository": self.repository,
            }
        )


def mark_from_text(kept: str) -> RestoreMark:
    """The mark that `to_text` made. ValueError for anything else."""
    found = mapping(parse(kept), "mark")
    return RestoreMark(
        drill=text(found.get("drill"), "drill"),
        environment=text(found.get("environment"), "environment"),
        reference=text(found.get("reference"), "reference"),
        begun_at=instant(found.get("begun_at"), "begun_at"),
        indices=texts(found.get("indices"), "indices"),
        definitions=texts(found.get("definitions"), "definitions"),
        repository=text(found.get("repository"), "repository"),
    )
