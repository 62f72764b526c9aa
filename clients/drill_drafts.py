"""Drafts of drills in the state bucket, drills/ENV/ID: written by generation."""

from dataclasses import dataclass
from datetime import datetime

from clients.environment import Environment
from clients.errors import PreconditionFailed, Rejected, told
from clients.google import storage_client
from clients.objects import delete_object, read_json, write_json_over
from clients.pages import object_pages
from clients.patience import attempt_timeout, patient
from domain.drill_draft import DrillDraft, drill_draft_from_json


@dataclass(frozen=True)
class DrillDrafts:
    """All drafts of an environment, oldest first, what is none, and the storage server's time."""

    drafts: tuple[DrillDraft, ...]
    unread: tuple[str, ...]
    now: datetime

    def find(self, drill: str) -> DrillDraft | None:
        return next((draft for draft in self.drafts if draft.id == drill), None)


def list_drill_drafts(env: Environment) -> DrillDrafts:
    """Every draft there is. One that cannot be read is told of, and hides no other."""
    names, now = _names(env)
    drafts, unread = [], []
    for name in names:
        try:
            draft = read_drill_draft(env, name.rpartition("/")[2])
        except Rejected as error:
            unread.append(str(error))
            continue
        if draft:
            drafts.append(draft)
    return DrillDrafts(tuple(drafts), tuple(unread), now)


def read_drill_draft(env: Environment, drill: str) -> DrillDraft | None:
    """The draft of that drill; None when there is none (any more).

    Raises:
        Rejected: what is there is no draft.
    """
    name = _name(env, drill)
    content = read_json(env, env.state, name)
    if content is None:
        return None
    try:
        return drill_draft_from_json(content)
    except (KeyError, ValueError, TypeError) as error:
        raise Rejected(
            f"gs://{env.state}/{name}: what is there is no draft of a drill: {error!r}",
            "look for what it names, then delete it",
        ) from error


def write_drill_draft(env: Environment, draft: DrillDraft, generation: int) -> int | None:
    """Write it over that generation (0: there must be none); the one it has now. None when somebody else
    has written it, or took it away, in between."""
    name, content = _name(env, draft.id), draft.to_json()
    try:
        return write_json_over(env, env.state, name, content, generation)
    except PreconditionFailed:
        # a lost answer looks as if somebody else had written: what stands there tells
        return drill_draft_generation(env, draft.id) if read_json(env, env.state, name) == content else None


@patient
def drill_draft_generation(env: Environment, drill: str) -> int:
    """The generation of that drill's draft. NotFound when there is none."""
    blob = storage_client(env).bucket(env.state).blob(_name(env, drill))
    with told(f"gs://{env.state}/{_name(env, drill)}: looking at it"):
        blob.reload(retry=None, timeout=attempt_timeout())
        return int(blob.generation)


def delete_drill_draft(env: Environment, drill: str) -> None:
    """The report stands, and nothing is left of the drill; what is gone already is gone."""
    delete_object(env, env.state, _name(env, drill))


@patient
def _names(env: Environment) -> tuple[list[str], datetime]:
    found = list(object_pages(env, env.state, _folder(env), "name"))
    return [item["name"] for items, _ in found for item in items], found[-1][1]


def _folder(env: Environment) -> str:
    return f"drills/{env.name}/"


def _name(env: Environment, drill: str) -> str:
    return f"{_folder(env)}{drill}"
