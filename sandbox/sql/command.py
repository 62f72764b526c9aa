"""Running a PostgreSQL tool to its end."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from sandbox.kernel.children import Children

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


class CommandFailed(Exception):
    """A tool ended with another exit code than 0. Its message ends with what the tool said last."""


async def run(
    children: Children,
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    ordinary_user: bool = False,
) -> list[str]:
    """The lines it wrote to standard output. CommandFailed with those of standard error."""
    lines: dict[str, list[str]] = {"stdout": [], "stderr": []}
    child = await children.start(
        Path(command[0]).name,
        command,
        env={**ENVIRONMENT, **(env or {})},
        on_line=lambda stream, line: lines[stream].append(line),
        ordinary_user=ordinary_user,
    )
    try:
        code = await child.wait()
    except BaseException:
        await child.stop()
        raise
    if code:
        raise CommandFailed(f"{child.name} ended with {code}: {' '.join(lines['stderr'][-3:])}")
    return lines["stdout"]
