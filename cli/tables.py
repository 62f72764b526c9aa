"""Tables on a terminal: a line a row, at any width."""

from rich.table import Table
from rich.text import Text


def table(*columns: str, free: set[str]) -> Table:
    """A table without lines, whose free columns give way so that a row stays a line."""
    made = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    for column in columns:
        made.add_column(line(column), no_wrap=column not in free)
    return made


def line(*parts: str | tuple[str, str]) -> Text:
    """A text that is cut off where the line ends, and says so by an ellipsis."""
    return Text.assemble(*parts, no_wrap=True, overflow="ellipsis")
