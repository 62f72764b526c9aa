"""The matrix as a page shows it: steps down, faults across, runs and violations in each cell."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.faults.cell import Cell
from tests.faults.cells import CELLS
from tests.faults.report import Line

LONGEST = 240  # characters
BEGIN, END = "<!-- the matrix -->", "<!-- its end -->"


def write(page: Path, lines: Sequence[Line]) -> None:
    """Put the matrix in its place on the page."""
    before, _, rest = page.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n\n{matrix(lines)}\n\n{END}{after}")


def matrix(lines: Sequence[Line]) -> str:
    """A table for each runbook and kind of cell. A run whose step's call was never made is none."""
    met = [line for line in lines if line.met]
    return "\n\n".join(filter(None, (_about(met), *_tables(met), _list(met))))


def _about(lines: Sequence[Line]) -> str:
    if not lines:
        return "No run yet."
    first, last = min(line.at for line in lines), max(line.at for line in lines)
    bad = sum(bool(line.violations) for line in lines)
    cores = " and ".join(str(number) for number in sorted({line.cores for line in lines}))
    cells = len({line.cell for line in lines})
    return (
        f"{len(lines):,} runs of {cells} of {len(CELLS)} cells, {bad} with violations; "
        f"{first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC, on {cores} cores that others used, too."
    )


def _tables(lines: Sequence[Line]) -> Iterator[str]:
    for runbook in dict.fromkeys(cell.step.runbook for cell in CELLS):
        own = [cell for cell in CELLS if cell.step.runbook == runbook]
        kinds = list(dict.fromkeys(cell.kind.name for cell in own))
        yield "\n".join(
            (
                f"| {runbook} | {' | '.join(kinds)} |",
                f"|---|{'--:|' * len(kinds)}",
                *(
                    _row(lines, step, [cell for cell in own if cell.step.name == step], kinds)
                    for step in dict.fromkeys(cell.step.name for cell in own)
                ),
            )
        )


def _row(lines: Sequence[Line], step: str, cells: Sequence[Cell], kinds: Sequence[str]) -> str:
    by_kind = {cell.kind.name: cell.name for cell in cells}
    return f"| {step} | {' | '.join(_count(lines, by_kind.get(kind)) for kind in kinds)} |"


def _count(lines: Sequence[Line], cell: str | None) -> str:
    """So many runs; and in bold those with violations, if there are any."""
    if cell is None:
        return ""
    own = [line for line in lines if line.cell == cell]
    bad = sum(bool(line.violations) for line in own)
    return f"{len(own)}, **{bad}**" if bad else str(len(own))


def _list(lines: Sequence[Line]) -> str:
    return "\n".join(f"- {_told(line)} ({_since(line, lines)})" for line in lines if line.violations)


def _told(line: Line) -> str:
    return f"{line.cell}, seed {line.seed}, {line.release}: {'; '.join(map(_short, line.violations))}"


def _since(bad: Line, lines: Sequence[Line]) -> str:
    """How the same cell went afterwards: whether what is listed was mended."""
    later = [line for line in lines if line.cell == bad.cell and line.at > bad.at]
    worse = sum(bool(line.violations) for line in later)
    return f"runs of it since: {len(later)}, with violations: {worse}" if later else "not run since"


def _short(sentence: str) -> str:
    """In one line, and not longer than anybody reads: the whole is in the report."""
    return " ".join(sentence.split())[:LONGEST]
