"""The sample's releases are what they say: what they lay, what they migrate, what the linter thinks of it."""

import json
import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from examples.releases import RELEASES, Release, lay, layers

ROOT = Path(__file__).parents[2]
SQUAWK = Path(sys.executable).with_name("squawk")
BREAKS_THE_BASELINE = {
    "ban-drop-column",
    "ban-drop-table",
    "renaming-column",
    "renaming-table",
    "changing-column-type",
    "adding-required-field",
    "adding-not-nullable-field",
    "require-concurrent-index-creation",
    "constraint-missing-not-valid",
}
OVERLAYS = [release for release in RELEASES.values() if release.over]


@pytest.fixture(scope="module")
def laid(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each release's source, by its name."""
    folder = tmp_path_factory.mktemp("laid")
    return {name: lay(name, folder / name) for name in RELEASES}


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def revisions(source: Path) -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(source / "migrations"))
    return ScriptDirectory.from_config(config)


def sql(source: Path, *command: str) -> str:
    """What Alembic would run; it is given no database to ask."""
    return subprocess.run(
        [sys.executable, "-m", "alembic", *command, "--sql"],
        cwd=source,
        env={name: value for name, value in os.environ.items() if name != "DATABASE_URL"},
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def lint(statements: str) -> set[str]:
    """The names of the rules that squawk finds broken."""
    found = subprocess.run(
        [SQUAWK, "--reporter", "json", "--pg-version", "17", "--exclude", "prefer-robust-stmts"],
        input=statements,
        check=False,
        capture_output=True,
        text=True,
    )
    return {finding["rule_name"] for finding in json.loads(found.stdout)}


def test_the_story_has_its_releases() -> None:
    assert set(RELEASES) == {"base", "good", "erring", "crashing", "failing", "unsafe", "breaking", "unlucky"}
    assert [release.name for release in layers("breaking")] == ["base", "good", "breaking"]


@pytest.mark.parametrize("name", RELEASES)
def test_a_release_is_laid_the_same_each_time(name: str, laid: dict[str, Path], tmp_path: Path) -> None:
    assert contents(lay(name, tmp_path / "again")) == contents(laid[name])


def test_what_is_no_source_is_not_laid(laid: dict[str, Path]) -> None:
    files = contents(laid["good"])
    assert {"Dockerfile", "requirements.txt", "alembic.ini", ".dockerignore", "app/main.py"} <= set(files)
    assert not [file for file in files if file.startswith(("releases", ".venv")) or "release.toml" in file]


def test_a_release_is_not_laid_over_something_else(laid: dict[str, Path]) -> None:
    with pytest.raises(FileExistsError, match="not empty"):
        lay("good", laid["base"])


@pytest.mark.parametrize("release", OVERLAYS, ids=lambda release: release.name)
def test_an_overlay_changes_each_of_its_files_and_no_other(release: Release, laid: dict[str, Path]) -> None:
    before, after = contents(laid[str(release.over)]), contents(laid[release.name])
    assert {file for file in after if after[file] != before.get(file)} == set(map(str, release.files()))
    assert set(before) <= set(after)


@pytest.mark.parametrize("name", RELEASES)
def test_the_code_asks_for_the_one_head_of_its_migrations(name: str, laid: dict[str, Path]) -> None:
    code = runpy.run_path(str(laid[name] / "app" / "__init__.py"))
    assert revisions(laid[name]).get_heads() == [code["SCHEMA"]]


def test_every_release_has_a_version_of_its_own(laid: dict[str, Path]) -> None:
    versions = {
        runpy.run_path(str(source / "app" / "__init__.py"))["__version__"] for source in laid.values()
    }
    assert len(versions) == len(RELEASES)


def test_laid_releases_meet_the_rules_of_style(laid: dict[str, Path]) -> None:
    command = [sys.executable, "-m", "ruff", "check", "--config", str(ROOT / "pyproject.toml"), "--no-cache"]
    printing = ["--ignore", "T201"]  # allowed in examples/, which is not where they lie now
    check = subprocess.run([*command, *printing, *laid.values()], check=False, capture_output=True, text=True)
    assert check.returncode == 0, check.stdout


def test_the_linter_passes_every_step_but_the_unsafe_one(laid: dict[str, Path]) -> None:
    steps = sql(laid["breaking"], "upgrade", "base:head").split("-- Running upgrade ")[1:]
    assert len(steps) == 5
    assert not [step for step in steps if lint(step) & BREAKS_THE_BASELINE]


def test_the_linter_names_what_is_unsafe(laid: dict[str, Path]) -> None:
    statements = sql(laid["unsafe"], "upgrade", "0004_add_summary:0005_rename_body")
    assert lint(statements) & BREAKS_THE_BASELINE == {"renaming-column"}


def test_the_breaking_step_is_a_check_that_leaves_old_rows_alone(laid: dict[str, Path]) -> None:
    up = sql(laid["breaking"], "upgrade", "0004_add_summary:0005_require_author")
    assert "ADD CONSTRAINT documents_have_an_author CHECK (author IS NOT NULL) NOT VALID" in up
    down = sql(laid["breaking"], "downgrade", "0005_require_author:0004_add_summary")
    assert "DROP CONSTRAINT documents_have_an_author" in down
