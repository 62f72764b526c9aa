"""The table at the end: what became of each release, who met it, and what they saw."""

from typing import Any

from rich.table import Table

from examples.demo.story import STORY, Chapter

LONGEST = 90  # characters of a reason


def summary(records: dict[str, Any]) -> tuple[Table, bool]:
    """The table, from the records in the vault, and whether everything ended as it should."""
    table = Table("release", "outcome", "why", title="what became of them")
    for column in ("requests exposed", "users' errors", "seconds"):
        table.add_column(column, justify="right")
    right = True
    for chapter in STORY:
        record = records.get(chapter.release)
        expected = record is not None and as_expected(chapter, record)
        right = right and expected
        table.add_row(*(row(chapter, record, expected=expected) if record else missing(chapter)))
    return table, right


def as_expected(chapter: Chapter, record: dict[str, Any]) -> bool:
    return record["result"] == chapter.result and chapter.reason in record["reason"]


def row(chapter: Chapter, record: dict[str, Any], *, expected: bool) -> list[str]:
    """Exposed: requests that met the release while it was on trial. Errors: those of a baseline that its
    migration broke, too.
    """
    met = record["exposure"]
    return [
        chapter.release,
        record["result"] if expected else f"[red]{record['result']}, not {chapter.result}[/]",
        record["reason"] if len(record["reason"]) <= LONGEST else record["reason"][: LONGEST - 1] + "…",
        f"{met.get(record['canary'], {'requests': 0})['requests']:,}",
        f"{sum(seen['errors'] for seen in met.values()):,}",
        f"{sum(step['seconds'] for step in record['steps']):.0f}",
    ]


def missing(chapter: Chapter) -> list[str]:
    return [chapter.release, "[red]no record[/]", "", "", "", ""]
