"""What a check of a recovery set found, and what the set counts as from then on."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from domain.manifest import Manifest
from domain.recovery_set import Kind, RecoverySet, State


def with_later(manifest: Manifest, each: RecoverySet) -> Manifest:
    """The manifest with what came to the set after it was written: exports, which the summary alone names."""
    later = (part for part in each.parts if part.kind is Kind.EXPORT and part not in manifest.parts)
    return replace(manifest, parts=(*manifest.parts, *later))


class SetWrong(Exception):
    """Something that a recovery would need is not as the manifest has it: the set counts no more."""


class CheckNotMade(Exception):
    """A check could not be made: nothing is known of what it would have found."""


@dataclass(frozen=True)
class Checked:
    """Of one set: what is wrong, in sentences, and the checks that could not be made, each with why."""

    wrong: tuple[str, ...] = ()
    unmade: Mapping[str, str] = field(default_factory=dict)

    @property
    def right(self) -> bool:
        """Every check was made, and agreed."""
        return not self.wrong and not self.unmade

    def applied(self, each: RecoverySet) -> RecoverySet:
        """The set as it counts now. A proven one stays proven; a wrong one loses its proof. While a check is
        not made, and nothing is wrong, it stays as it is."""
        if self.wrong:
            return replace(each, state=State.INCOMPLETE, proof=None)
        if self.right and each.state in {State.INCOMPLETE, State.COMPLETE}:
            return replace(each, state=State.CHECKED)
        return each
