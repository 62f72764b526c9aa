"""The gcloud CLI, unmodified, pointed at the sandbox by its endpoint overrides alone."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Endpoints

NEEDED = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("gcloud"), reason="gcloud is not installed"),
]


@dataclass(frozen=True)
class Gcloud:
    """A gcloud with a configuration of its own, so that nobody's login and nobody's project is touched."""

    env: dict[str, str]

    @classmethod
    def of(cls, cloud: Endpoints, config: Path) -> "Gcloud":
        return cls(
            {
                "PATH": os.environ["PATH"],
                "CLOUDSDK_CONFIG": str(config),
                "CLOUDSDK_CORE_PROJECT": cloud.project,
                "CLOUDSDK_CORE_DISABLE_PROMPTS": "true",
                "CLOUDSDK_AUTH_DISABLE_CREDENTIALS": "true",
                "CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE": f"{cloud.google}/storage/v1/",
                "CLOUDSDK_API_ENDPOINT_OVERRIDES_SQL": f"{cloud.google}/",
                "CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER": f"{cloud.google}/",
                "CLOUDSDK_API_ENDPOINT_OVERRIDES_LOGGING": f"{cloud.google}/",
            }
        )

    def confirming(self) -> "Gcloud":
        """One that asks before what cannot be undone, on its standard input."""
        return replace(self, env=self.env | {"CLOUDSDK_CORE_DISABLE_PROMPTS": "false"})

    def __call__(self, *arguments: str | Path, stdin: bytes | None = None) -> str:
        """What it printed; AssertionError, with its complaint, where it failed."""
        done = self._run(arguments, stdin)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    def json(self, *arguments: str | Path) -> Any:
        """What it printed, asked for as JSON."""
        return json.loads(self(*arguments, "--format=json"))

    def refused(self, *arguments: str | Path) -> str:
        """What it complained of, in one line."""
        done = self._run(arguments, None)
        assert done.returncode != 0, done.stdout.decode()
        return " ".join(done.stderr.decode().split())

    def _run(
        self, arguments: tuple[str | Path, ...], stdin: bytes | None
    ) -> subprocess.CompletedProcess[bytes]:
        command = ["gcloud", *(str(argument) for argument in arguments)]
        return subprocess.run(
            command, env=self.env, input=stdin, capture_output=True, timeout=120, check=False
        )
