"""From a source folder to an image, pinned by its digest."""

import gzip
import hashlib
import logging
import tarfile
import tempfile
from datetime import timedelta
from pathlib import Path

from clients.cloud_build import Build, read_build, read_build_log, submit_build
from clients.environment import Environment
from clients.objects import delete_object, upload_file
from domain.refusal import Problem, Refused
from domain.release import Release
from tasks.journal import journal
from tasks.step import step
from tasks.waiting import wait_for

logger = logging.getLogger("muster")

LONGEST = timedelta(hours=1)
LEFT_OUT = {".git", ".venv", "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", "node_modules"}
ENTRY_POINTS = ("Dockerfile", "Procfile")


def source_problems(release: Release) -> list[Problem]:
    """What is wrong with a source, before anything is uploaded."""
    if not release.source:
        return []
    folder = Path(release.source)
    if not folder.is_dir():
        what = "it is a file, not a folder" if folder.exists() else "there is no such folder"
        return [Problem(f"source {folder}: {what}", "give the folder with the Dockerfile in it")]
    if not any((folder / name).is_file() for name in ENTRY_POINTS):
        return [
            Problem(
                f"source {folder}: there is neither a Dockerfile nor a Procfile in it",
                "add a Dockerfile, or a Procfile with a line web: COMMAND",
            )
        ]
    return []


@step(persist=True)
def build(env: Environment, release: Release) -> str:
    """The release's image, REPOSITORY@sha256:DIGEST: the one given, or one built of its source.

    Raises:
        Refused: the source does not build; nothing was touched.
    """
    if release.image:
        return release.image
    folder = Path(release.source)
    with tempfile.TemporaryDirectory() as scratch:
        archive = Path(scratch) / "source.tar.gz"
        digest = pack(folder, archive)
        name = f"{source_prefix(env, journal().record.id)}{digest[:16]}.tar.gz"
        logger.info(f"{env.service.name}: uploading {folder} ({archive.stat().st_size / 1e6:.1f} MB)")
        generation = upload_file(env, env.state, name, archive)
    docker = (folder / "Dockerfile").is_file()
    try:
        found = _built(env, name, generation, docker=docker)
    finally:
        delete_object(env, env.state, name)
    if not found.digest:
        raise Refused([_failure(env, release, found, docker=docker)])
    logger.info(f"{env.service.name}: built {found.digest}")
    return f"{env.service.repository}@{found.digest}"


def source_prefix(env: Environment, run: str) -> str:
    """Where a run's sources are in the state bucket, until they are built."""
    return f"sources/{env.name}/{run}/"


def pack(folder: Path, archive: Path) -> str:
    """Pack a folder so that the same files make the same archive; its SHA-256."""
    with (
        archive.open("wb") as file,
        gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as tar,
    ):
        for path in sorted(folder.rglob("*")):
            relative = path.relative_to(folder)
            if path.is_dir() or LEFT_OUT.intersection(relative.parts):
                continue
            info = tar.gettarinfo(path, str(relative))
            info.mtime, info.uid, info.gid, info.uname, info.gname = 0, 0, 0, "", ""
            if info.isreg():
                with path.open("rb") as content:
                    tar.addfile(info, content)
            else:
                tar.addfile(info)
    with archive.open("rb") as whole:
        return hashlib.file_digest(whole, "sha256").hexdigest()


def _built(env: Environment, name: str, generation: int, *, docker: bool) -> Build:
    submitted = submit_build(env, bucket=env.state, source=name, generation=generation, docker=docker)
    logger.info(f"{env.service.name}: building")

    def ended() -> Build | None:
        build = read_build(env, submitted)
        return build if build.ended else None

    return wait_for(ended, LONGEST, f"{env.service.name}: the build", lambda: None, longest=2.0)


def _failure(env: Environment, release: Release, found: Build, *, docker: bool) -> Problem:
    """Why it did not build, in the build's own words; its statusDetail is often empty, its log is not."""
    lines = [line for line in read_build_log(env, found).splitlines() if line.strip()]
    said = found.failure or (lines[-1] if lines else "it left no word")
    if not found.of_source:
        return Problem(
            f"{env.service.name}: its build ended without an image, for no fault of the source: {said}",
            f"deploy again; the build is {found.name}",
        )
    file = "Dockerfile" if docker else "Procfile"
    return Problem(
        f"source {release.source}: it does not build: {said}",
        f"mend {file} or what it names; the whole log is in gs://{found.log_bucket}/{found.log_object}",
    )
