"""Fetches the server from Maven Central: `python -m sandbox.elasticsearch.fetch CACHE`.

Elastic publishes it for integration tests: without `GET /`, SLM, ILM, reindex, scripts, and repositories
other than `fs`. Whoever comes second waits for the first. The folder appears by a rename, so it is whole.
"""

import fcntl
import hashlib
import shutil
import sys
import zipfile
from pathlib import Path

from jgo.maven import MavenContext

from sandbox.elasticsearch.distribution import SHA256, VERSION, home

GROUP = "org.elasticsearch.distribution.integ-test-zip"


class FetchError(Exception):
    """The server could not be had; the message says why, and what to do."""


def fetch(cache: Path) -> None:
    """Make the server's folder in the cache, unless it is there. FetchError when it cannot be had."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f"elasticsearch-{VERSION}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if home(cache).exists():
            return
        partial = cache / f"elasticsearch-{VERSION}.partial"
        shutil.rmtree(partial, ignore_errors=True)  # what a killed fetch left
        try:
            archive = _download(partial, home(cache))
            check(archive)
            _unpack(archive, partial)
            (partial / f"elasticsearch-{VERSION}").rename(home(cache))
        finally:
            shutil.rmtree(partial, ignore_errors=True)


def check(archive: Path) -> None:
    """FetchError unless the file is, byte for byte, the one that was pinned."""
    with archive.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != SHA256:
        raise FetchError(
            f"{archive.name}: not the file that was pinned (SHA-256 {SHA256} wanted, {found} found); "
            "start again to fetch it anew, and if that repeats, trust neither the file nor the way it came"
        )


def _download(folder: Path, wanted: Path) -> Path:
    central = MavenContext(repo_cache=folder, local_repos=[], timeout=30)
    try:
        return central.project(GROUP, "elasticsearch").at_version(VERSION).artifact(packaging="zip").resolve()
    except (OSError, RuntimeError) as error:  # requests' errors are OSErrors
        raise FetchError(
            f"Elasticsearch {VERSION} could not be fetched from Maven Central: {error}; "
            f"it is needed once: connect to the network, or copy {wanted} from a machine that has it"
        ) from error


def _unpack(archive: Path, folder: Path) -> None:
    """Unpack with mode bits, which zipfile drops."""
    with zipfile.ZipFile(archive) as content:
        for member in content.infolist():
            path = Path(content.extract(member, folder))
            path.chmod(member.external_attr >> 16 & 0o777 or path.stat().st_mode)


if __name__ == "__main__":
    try:
        fetch(Path(sys.argv[1]))
    except FetchError as error:
        sys.exit(str(error))
