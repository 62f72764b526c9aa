"""Sources without a Dockerfile, as Google's Python buildpack takes them: a Procfile names the command."""

import re
from pathlib import Path

from sandbox.builds.dockerfile import BuildError, Instruction
from sandbox.builds.recipe import Copy, Recipe
from sandbox.builds.requirement import Requirement

WORKSPACE = "/workspace"


def procfile(source: Path) -> Recipe:
    """The recipe of a source with a Procfile; BuildError without one, or without dependencies in it."""
    file = source / "Procfile"
    web = re.search(r"^web:\s*(.+)$", file.read_text(), re.MULTILINE) if file.is_file() else None
    if not web:
        raise BuildError("Procfile: no line 'web: COMMAND' in the source; write one, or add a Dockerfile")
    if (source / "requirements.txt").is_file():
        instruction = Instruction(1, "requirements.txt", "")
        requirement = Requirement(instruction, "pip", ("-r", "requirements.txt"), WORKSPACE)
    elif (source / "uv.lock").is_file():
        requirement = Requirement(Instruction(1, "uv.lock", ""), "sync", ("--no-dev",), WORKSPACE)
    else:
        raise BuildError("requirements.txt: neither it nor a uv.lock is in the source; add one of them")
    asked = source / ".python-version"
    return Recipe(
        python=asked.read_text().strip() if asked.is_file() else "3",
        steps=[Copy(Instruction(1, "COPY", "."), (".",), WORKSPACE, into_folder=False), requirement],
        cmd=["/bin/sh", "-c", web[1].strip()],
        workdir=WORKSPACE,
    )
