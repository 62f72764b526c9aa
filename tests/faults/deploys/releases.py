"""The releases that are deployed while things go wrong, built once for all runs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.sandbox.run_client import Run

SERVICE = Path(__file__).parent / "service"
REQUIREMENTS = (
    Path(__file__).parents[3] / "examples" / "ali_api" / "requirements.txt"
)  # pinned by hash already
SCHEMA = "0001_notes"  # of the baseline


@dataclass(frozen=True)
class Release:
    """One release: how it behaves, what it does to the schema, and whether it is to end up serving."""

    name: str
    works: bool  # and so ends with all traffic, when nothing goes wrong
    schema: str = SCHEMA  # that it brings
    meets_users: bool = True  # before it is found out
    behaviour: Mapping[str, Any] = field(default_factory=dict)

    @property
    def left_schema(self) -> str:
        """The schema once its deploy has ended undisturbed."""
        return self.schema if self.works else SCHEMA

    def files(self) -> dict[str, str | bytes]:
        """Its source."""
        found: dict[str, str | bytes] = {
            str(path.relative_to(SERVICE)): path.read_bytes()
            for path in sorted(SERVICE.rglob("*"))
            if path.is_file() and not {"more", "__pycache__"} & set(path.relative_to(SERVICE).parts)
        }
        found["requirements.txt"] = REQUIREMENTS.read_bytes()
        found["release.json"] = json.dumps({"name": self.name, **self.behaviour})
        if self.schema != SCHEMA:
            more = SERVICE / "more" / f"{self.schema}.py"
            found[f"migrations/versions/{more.name}"] = more.read_bytes()
        return found

    def lay(self, folder: Path) -> Path:
        """Write its source into a folder, for a deploy that builds; the folder."""
        target = folder / self.name
        for name, content in self.files().items():
            file = target / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return target


RELEASES = {
    release.name: release
    for release in (
        Release("base", works=True),
        Release("good", works=True),
        Release("migrating", works=True, schema="0002_summary", behaviour={"column": "summary"}),
        Release("erring", works=False, behaviour={"error_share": 0.8}),
        Release("sick", works=False, meets_users=False, behaviour={"health": 500}),
        Release(
            "breaking", works=False, meets_users=False, schema="0002_author", behaviour={"column": "author"}
        ),
    )
}


def build(run: Run) -> dict[str, str]:
    """Every release's image, by the release's name."""
    return {name: run.image(release.files()) for name, release in RELEASES.items()}
