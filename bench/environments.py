"""The environments that the bench deploys to: the sample's as the sandbox's file has it, and the echo's."""

import shutil
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
SAMPLE = HERE.parent / "deployments" / "environments" / "sandbox.yaml"
DYING = 5  # services whose deploys are killed, side by side
LEASE = "5s"  # of theirs: the shortest there is
ANOTHER = "bench-drills-other"  # an instance whose backup is another database's: micro-drills make it
STARTS = "20s"  # in place of a minute, in which a release that never starts would keep the bench waiting


def write(folder: Path) -> Path:
    """Write their files there; the folder."""
    folder.mkdir()
    shutil.copy(HERE / "echo.yaml", folder)
    sample = yaml.safe_load(SAMPLE.read_text())
    sample["service"]["template"]["startup"]["within"] = STARTS
    sample["drill"]["another"] = ANOTHER
    (folder / SAMPLE.name).write_text(yaml.safe_dump(sample, sort_keys=False))
    for number in range(DYING):
        _write_echo(folder, f"dying-{number}", lease=LEASE, canary={"steps": [50], "hold": "10m"})
    _write_echo(folder, "calls", canary={"when_inconclusive": "promote"})
    return folder


def move(folder: Path, instance: str) -> None:
    """The sample's database is that instance from now on, as an operator writes it after a failover."""
    file = folder / SAMPLE.name
    sample = yaml.safe_load(file.read_text())
    sample["database"]["instance"] = instance
    file.write_text(yaml.safe_dump(sample, sort_keys=False))


def _write_echo(folder: Path, name: str, **more: Any) -> None:
    """An environment whose service answers like the echo's, and is its own."""
    content = yaml.safe_load((HERE / "echo.yaml").read_text())
    content["service"] |= {"name": name, "repository": f"{content['service']['repository']}-{name}"}
    (folder / f"{name}.yaml").write_text(yaml.safe_dump({**content, **more}, sort_keys=False))
