"""The environments that the bench deploys to: the sample's as the sandbox's file has it, and the echo's."""

import shutil
from pathlib import Path

import yaml

HERE = Path(__file__).parent
SAMPLE = HERE.parent / "deployments" / "environments" / "sandbox.yaml"
STARTS = "20s"  # in place of a minute, in which a release that never starts would keep the bench waiting


def write(folder: Path) -> Path:
    """Write their files there; the folder."""
    folder.mkdir()
    shutil.copy(HERE / "echo.yaml", folder)
    sample = yaml.safe_load(SAMPLE.read_text())
    sample["service"]["template"]["startup"]["within"] = STARTS
    (folder / SAMPLE.name).write_text(yaml.safe_dump(sample, sort_keys=False))
    return folder
