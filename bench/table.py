"""The table of a run's figures."""

from collections.abc import Iterable

from rich.table import Table

from bench.figure import Figure


def table(figures: Iterable[Figure]) -> Table:
    """A row a figure: the value, its limit, its peers, each with the ratio of the value to it."""
    made = Table("figure", title="figures, each beside its peers of the same run", title_justify="left")
    for column in ("measured", "limit", "of the limit"):
        made.add_column(column, justify="right", no_wrap=True)
    made.add_column("beside (ratio to it)")
    made.add_column("")
    for figure in figures:
        made.add_row(
            figure.name,
            f"{number(figure.value)} {figure.unit}",
            f"{figure.bound} {number(figure.limit)}",
            times(figure.ratio),
            "\n".join([*_beside(figure), *([figure.note] if figure.note else [])]),
            "kept" if figure.kept else "[bold red]MISSED[/]",
        )
    return made


def _beside(figure: Figure) -> Iterable[str]:
    for peer in figure.peers:
        yield f"{peer.name}: {number(peer.value)} ({times(figure.ratio_to(peer))})"


def number(value: float) -> str:
    """Three digits that count, and all of those before the point."""
    if not value:
        return "0"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def times(ratio: float | None) -> str:
    return "-" if ratio is None else f"x {number(ratio)}"
