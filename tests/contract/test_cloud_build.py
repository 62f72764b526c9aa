"""Builds: submitted, followed to their end, and their logs read."""

from pathlib import Path

import pytest

from clients.cloud_build import read_build, read_build_log
from clients.environment import Environment
from clients.errors import NotFound
from clients.objects import list_names
from tests.conftest import Endpoints
from tests.contract.conftest import Faults, build
from tests.environments import TINY


def lay(folder: Path, **files: str) -> Path:
    folder.mkdir()
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text)
    return folder


def test_a_build_ends_with_a_digest_and_a_log(env: Environment, tmp_path: Path, faults: Faults) -> None:
    faults.add("refuse", "/builds/", "GET", status=503)
    built = build(env, TINY, tmp_path / "source.tar.gz")
    assert faults.met == 1
    assert built.digest.startswith("sha256:")
    assert len(built.digest) == len("sha256:") + 64
    assert built.failure == ""
    assert f"DONE: {env.service.repository}@{built.digest}" in read_build_log(env, built)


def test_the_same_source_makes_the_same_image(env: Environment, tmp_path: Path, image: str) -> None:
    assert image.endswith(build(env, TINY, tmp_path / "source.tar.gz").digest)


def test_a_source_without_a_dockerfile_is_built_by_its_procfile(env: Environment, tmp_path: Path) -> None:
    source = lay(tmp_path / "source", Procfile="web: python app.py\n", requirements_txt="", app_py="pass\n")
    assert build(env, source, tmp_path / "source.tar.gz").digest


def test_a_build_that_fails_says_where_in_its_own_words(env: Environment, tmp_path: Path) -> None:
    source = lay(tmp_path / "source", Dockerfile="FROM python:3.12-slim\nCOPY nothing .\nCMD true\n")
    failed = build(env, source, tmp_path / "source.tar.gz")
    assert failed.ended
    assert failed.digest == ""
    assert failed.of_source
    assert "line 2" in failed.failure
    assert "'nothing' is not in the source" in failed.failure
    assert failed.failure in read_build_log(env, failed)
    assert list_names(env, failed.log_bucket, failed.log_object) == [failed.log_object]


def test_a_build_that_the_platform_failed_at_is_not_the_source_s_fault(
    cloud: Endpoints, env: Environment, tmp_path: Path
) -> None:
    folder = cloud.home / "builds"
    aside = folder.rename(cloud.home / "builds-aside")
    folder.write_text("not a folder")
    try:
        failed = build(env, TINY, tmp_path / "source.tar.gz")
    finally:
        folder.unlink()
        aside.rename(folder)
    assert failed.ended
    assert failed.digest == ""
    assert failed.failure == "Internal error encountered."
    assert not failed.of_source
    assert read_build_log(env, failed) == "", "it has none"


def test_a_build_that_is_not_there_is_not_found(env: Environment) -> None:
    name = f"projects/{env.project}/locations/{env.region}/builds/none"
    with pytest.raises(NotFound, match=f"{name}: reading the build: "):
        read_build(env, name)
