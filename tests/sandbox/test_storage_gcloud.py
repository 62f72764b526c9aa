"""Cloud Storage as the gcloud CLI meets it."""

import os
import shutil
import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.conftest import Endpoints

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("gcloud"), reason="gcloud is not installed"),
]


@pytest.fixture
def gcloud(cloud: Endpoints, tmp_path: Path) -> Callable[..., str]:
    """Runs `gcloud storage ...` against the sandbox, and tells what it printed."""
    env = {
        "PATH": os.environ["PATH"],
        "CLOUDSDK_CONFIG": str(tmp_path / "config"),
        "CLOUDSDK_CORE_PROJECT": cloud.project,
        "CLOUDSDK_CORE_DISABLE_PROMPTS": "true",
        "CLOUDSDK_AUTH_DISABLE_CREDENTIALS": "true",
        "CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE": f"{cloud.google}/storage/v1/",
    }

    def run(*arguments: str | Path, stdin: bytes | None = None) -> str:
        command = ["gcloud", "storage", *(str(argument) for argument in arguments)]
        done = subprocess.run(command, env=env, input=stdin, capture_output=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    return run


def test_there_and_back(gcloud: Callable[..., str], tmp_path: Path, http: httpx.Client) -> None:
    bucket = f"gs://gcloud-{uuid.uuid4().hex}"
    small, large, back = tmp_path / "small", tmp_path / "large", tmp_path / "back"
    small.write_text("hello\n")
    large.write_bytes(os.urandom(20_000_000))
    gcloud("buckets", "create", bucket, "--location=us-central1")
    gcloud("buckets", "update", bucket, "--versioning")
    gcloud("cp", small, f"{bucket}/dir/small")
    gcloud("cp", small, f"{bucket}/dir/small")
    gcloud("cp", large, f"{bucket}/large")
    gcloud("cp", "-", f"{bucket}/streamed", stdin=large.read_bytes())
    gcloud("cp", f"{bucket}/streamed", f"{bucket}/copy")
    gcloud("objects", "update", f"{bucket}/copy", "--custom-metadata=a=b")
    gcloud("objects", "compose", f"{bucket}/large", f"{bucket}/dir/small", f"{bucket}/composed")
    gcloud("cp", f"{bucket}/copy", back)
    assert back.read_bytes() == large.read_bytes()
    assert gcloud("cat", f"{bucket}/dir/small") == "hello\n"
    assert len(gcloud("ls", "--all-versions", f"{bucket}/**").splitlines()) == 6
    gcloud("rm", "--recursive", bucket)
    assert http.get(f"/storage/v1/b/{bucket.removeprefix('gs://')}").status_code == 404
