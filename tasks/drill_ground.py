"""What the checks of a drill stand on: the target, the set it was restored from, and who may look where."""

from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from clients.inquiries import Access, as_muster, as_service
from domain.database_marks import Marks, marks_in
from domain.manifest import Manifest
from domain.position import NOTED_AT
from domain.refusal import refuse
from tasks.targets import Target


@dataclass(frozen=True)
class Ground:
    """One restored target. `point`: the instant its database was brought to; None: its set's backup."""

    target: Target
    manifest: Manifest
    point: datetime | None
    lock: Lock = field(default_factory=Lock)

    @property
    def noted_at(self) -> datetime | None:
        """When the database's position was noted, just before its backup."""
        noted = self.manifest.facts.get(NOTED_AT)
        return datetime.fromisoformat(noted) if isinstance(noted, str) else None

    @property
    def cut(self) -> datetime:
        """All that was committed by then is to be there.

        Raises:
            Refused: the set does not say.
        """
        cut = self.point or self.noted_at
        if cut is None:
            raise refuse(f"{self.manifest.id}: it does not say when its database was noted", "drill another")
        return cut

    @property
    def holds_the_set(self) -> bool:
        """Whether what was noted with the set is to be there: not if the database went back before it."""
        noted = self.noted_at
        return self.point is None or (noted is not None and self.point >= noted)

    @property
    def marks(self) -> Marks | None:
        return marks_in(self.manifest.facts)

    @property
    def source(self) -> Access:
        """Production's database, through Muster's own login, which only reads."""
        env = self.target.source
        return as_muster(env, env.drill.longest)

    @property
    def restored(self) -> Access:
        """The target's, as its service sees it; where no binding tells that login, as its administrator."""
        env = self.target.env
        assert env.database
        return (as_service if env.database.binding else as_muster)(env, env.drill.longest)

    @property
    def administered(self) -> Access:
        """The target's, as its administrator."""
        return as_muster(self.target.env, self.target.env.drill.longest)
