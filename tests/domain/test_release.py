"""A request for a deploy: what is asked for, and what the operator's word covers."""

import pytest

from domain.migration import Word
from domain.release import Release, problems

DIGEST = "sha256:" + "0a" * 32
REPOSITORY = "us-central1-docker.pkg.dev/project/muster/ali-api"


@pytest.mark.parametrize(
    "release",
    [
        pytest.param(Release(source="/src"), id="a folder"),
        pytest.param(Release(image=f"{REPOSITORY}@{DIGEST}"), id="an image by its digest"),
        pytest.param(Release(image=f"localhost:5000/ali@{DIGEST}"), id="a registry with a port"),
    ],
)
def test_a_release_is_asked_for(release: Release) -> None:
    assert problems(release) == []


@pytest.mark.parametrize(
    ("release", "said"),
    [
        pytest.param(Release(), "give either --source DIR or --image", id="nothing to deploy"),
        pytest.param(
            Release(source="/src", image=f"{REPOSITORY}@{DIGEST}"), "give either --source", id="both of them"
        ),
        pytest.param(Release(image=f"{REPOSITORY}:v1"), "a tag may mean another image tomorrow", id="a tag"),
        pytest.param(Release(image=REPOSITORY), "a digest is wanted", id="neither tag nor digest"),
        pytest.param(Release(image=f"{REPOSITORY}@sha256:0a0a"), "a digest is wanted", id="half a digest"),
        pytest.param(Release(image=f"ali@{DIGEST}"), "a digest is wanted", id="no registry"),
        pytest.param(
            Release(image=f"{REPOSITORY}@{DIGEST}\n"), "a digest is wanted", id="a line break after it"
        ),
    ],
)
def test_a_release_that_is_none_is_refused(release: Release, said: str) -> None:
    [problem] = problems(release)
    assert said in str(problem)


@pytest.mark.parametrize(
    ("release", "word"),
    [
        pytest.param(Release(source="/src"), Word(), id="nothing was said"),
        pytest.param(Release(contract=True), Word(contract=True), id="it is the contract step"),
        pytest.param(Release(unseen_migration=True), Word(unseen=True), id="it may run unlinted"),
        pytest.param(Release(fix_forward=True), Word(), id="fixing forward says nothing of the migration"),
    ],
)
def test_the_operators_word_is_only_what_was_said(release: Release, word: Word) -> None:
    assert release.word == word
