"""Whether a restored index has about as many documents as were noted when its snapshot began."""

from collections.abc import Mapping

from domain import wording

SHARE, FEW = 0.1, 1000  # of what was noted, or so many documents: whichever is more


def implausible(noted: Mapping[str, int], restored: Mapping[str, int], *, later: bool) -> list[str]:
    """What cannot be right, in sentences.

    The count was noted while users wrote, so it may differ by a tenth, or by a thousand; how many there
    really are to be, the database tells (`drill.counts`). An index that had some and has none is wrong.
    If it was brought to a later cut (`later`), that alone can be told: nobody knows what was written since.
    """
    wrong = []
    for index, number in sorted(noted.items()):
        there = restored.get(index)
        if there is None:
            wrong.append(f"{index} is closed, or not there")
        elif number and not there:
            wrong.append(f"{index} is empty, and {wording.counted(number, 'document')} were noted")
        elif not later and abs(there - number) > max(SHARE * number, FEW):
            wrong.append(f"{index} has {wording.counted(there, 'document')}, and {number:,} were noted")
    return wrong
