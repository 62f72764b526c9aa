"""Builds: from an archive in Cloud Storage to an image by its digest, with a log that says why not."""

import httpx
import pytest

from tests.conftest import Endpoints
from tests.sandbox.run_client import Document, Run, archive, fresh

PLAIN = {
    "Dockerfile": "FROM python:3.11\nCOPY app.py /app/\nCMD python /app/app.py\n",
    "app.py": "print(1)\n",
}


def log(run: Run, build: Document) -> str:
    """The build's log, as it lies in its bucket."""
    bucket = build["logsBucket"].removeprefix("gs://")
    path = f"/storage/v1/b/{bucket}/o/log-{build['id']}.txt"
    return run.http.get(path, params={"alt": "media"}).raise_for_status().text


def digest(build: Document) -> str:
    found: str = build["results"]["images"][0]["digest"]
    return found


@pytest.fixture(scope="module")
def plain(run: Run) -> Document:
    """A build that went well."""
    return run.built(run.submit(archive(PLAIN), imageUri="example.com/a/plain:7", tags=["mine"]))


def test_a_build_is_polled_as_cloud_build(run: Run, plain: Document) -> None:
    operation = run.submit(archive(PLAIN))
    kind = "type.googleapis.com/google.devtools.cloudbuild.v1.BuildOperationMetadata"
    assert operation["metadata"]["@type"] == kind
    assert operation["metadata"]["build"]["status"] == "QUEUED"
    assert operation["name"].startswith("projects/402170518363/locations/us-central1/operations/"), (
        "the number"
    )
    build = run.built(operation)
    assert build["status"] == "SUCCESS"
    assert run.http.get(f"/v1/{build['name']}").json() == build
    assert build["createTime"] <= build["startTime"] <= build["finishTime"]
    done = run.http.get(f"/v1/{operation['name']}").json()
    assert done["response"]["results"] == build["results"]
    assert plain["tags"] == ["mine"]
    assert plain["results"]["images"][0]["name"] == "example.com/a/plain:7"


def test_the_same_source_gives_the_same_digest(run: Run, plain: Document) -> None:
    """Whenever it was packed, and in whatever order; another source gives another."""
    again = archive(dict(reversed(PLAIN.items())), at=1_700_000_000)
    assert again != archive(PLAIN)
    assert digest(run.built(run.submit(again))) == digest(plain)
    other = archive({**PLAIN, "app.py": "print(2)\n"})
    assert digest(run.built(run.submit(other))) != digest(plain)


def test_a_log_reads_as_what_was_done(run: Run, plain: Document) -> None:
    lines = log(run, plain).splitlines()
    assert lines[0].startswith("Fetching storage object: gs://small-sources/")
    assert "Step: COPY app.py /app/" in lines
    assert lines[-1] == f"DONE: example.com/a/plain:7@{digest(plain)}"
    entries = run.entries(f'resource.type="build" resource.labels.build_id="{plain["id"]}"', least=len(lines))
    assert [entry["textPayload"] for entry in entries] == lines
    assert entries[0]["logName"] == "projects/sandbox-project/logs/cloudbuild"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        pytest.param({"app.py": ""}, "Dockerfile: not in the root of the source", id="no Dockerfile"),
        pytest.param(
            {"Dockerfile": "FROM python:3.11\n\n# a reason\nRUN apt-get update\nCMD x\n"},
            "Dockerfile line 4: RUN apt-get update: the sandbox runs no commands",
            id="a command by its line",
        ),
        pytest.param(
            {"Dockerfile": "FROM python:3.11\nCOPY src/ /app/\nCMD x\n"},
            "Dockerfile line 2: COPY src/ /app/: 'src/' is not in the source",
            id="a file that is not there",
        ),
        pytest.param(
            {"Dockerfile": "FROM python:3.11\nRUN pip install idna==3.1 idna==3.2\nCMD x\n"},
            "Dockerfile line 2: RUN pip install idna==3.1 idna==3.2:",
            id="requirements at odds",
        ),
        pytest.param(
            {"Dockerfile": "FROM python:3.11\nCOPY . .\nRUN pip install -r requirements.txt\nCMD x\n"},
            "Dockerfile line 3: RUN pip install -r requirements.txt:",
            id="no requirements",
        ),
        pytest.param(
            {
                "Dockerfile": "FROM python:3.99\nCOPY . .\nRUN pip install .\nCMD x\n",
                "pyproject.toml": '[project]\nname = "a"\nversion = "1"\nrequires-python = ">=3.99"\n',
            },
            "Python 3.99 is not on this machine, and requires-python admits none of those that are (3.",
            id="a Python that is not there",
        ),
    ],
)
def test_a_source_that_is_no_image(run: Run, files: dict[str, str], said: str) -> None:
    operation = run.submit(archive(files))
    build = run.built(operation)
    assert build["status"] == "FAILURE"
    assert build["failureInfo"]["type"] == "USER_BUILD_STEP"
    assert build["failureInfo"]["detail"].startswith(said)
    done = run.http.get(f"/v1/{operation['name']}").json()
    assert done["error"]["message"] == build["failureInfo"]["detail"]
    assert "response" not in done
    assert log(run, build).splitlines()[-1] == f"ERROR: {build['failureInfo']['detail']}"
    assert "results" not in build


def test_requirements_at_odds_are_told_in_a_sentence(run: Run) -> None:
    source = {"Dockerfile": "FROM python:3.11\nRUN pip install idna==3.1 idna==3.2\nCMD x\n"}
    detail = run.built(run.submit(archive(source)))["failureInfo"]["detail"]
    assert "unsatisfiable" in detail
    assert "\n" not in detail
    assert detail.isascii(), "without uv's drawing"


def test_the_nearest_python_that_the_source_admits_is_taken_and_named(run: Run) -> None:
    source = {
        "Dockerfile": "FROM python:3.99\nWORKDIR /app\nCOPY . .\nCMD python\n",
        "pyproject.toml": '[project]\nname = "a"\nversion = "1"\nrequires-python = ">=3.9"\n',
    }
    build = run.built(run.submit(archive(source)))
    assert build["status"] == "SUCCESS"
    assert "Python 3.99 is not on this machine: Python 3." in log(run, build)


@pytest.mark.parametrize(
    ("archive", "said"),
    [
        pytest.param(b"not an archive", "the source archive cannot be unpacked", id="no archive"),
        pytest.param(
            archive({"../out": "x"}), "the source archive cannot be unpacked", id="out of the archive"
        ),
    ],
)
def test_an_archive_that_is_none(run: Run, archive: bytes, said: str) -> None:
    build = run.built(run.submit(archive))
    assert build["status"] == "FAILURE"
    assert said in build["failureInfo"]["detail"]


def test_an_archive_that_is_not_there(run: Run, plain: Document) -> None:
    source = {"bucket": "small-sources", "object": "nowhere.tar.gz"}
    body = {"storageSource": source, "imageUri": "example.com/a:b", "dockerBuild": {}}
    build = run.built(run.call("POST", "builds:submit", body)["buildOperation"])
    assert build["failureInfo"]["detail"] == "gs://small-sources/nowhere.tar.gz: there is no such object"


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        pytest.param({"imageUri": "a/b:c", "dockerBuild": {}}, 400, "storage_source", id="no source"),
        pytest.param(
            {"storageSource": {"bucket": "b", "object": "o"}, "dockerBuild": {}},
            400,
            "image_uri",
            id="no image",
        ),
        pytest.param(
            {"storageSource": {"bucket": "b", "object": "o"}, "imageUri": "a/b:c"},
            400,
            "Exactly one",
            id="neither",
        ),
        pytest.param(
            {
                "storageSource": {"bucket": "b", "object": "o"},
                "imageUri": "a/b:c",
                "dockerBuild": {},
                "machineType": "e2",
            },
            501,
            "not emulated",
            id="a machine",
        ),
    ],
)
def test_a_request_that_is_none(run: Run, body: Document, code: int, said: str) -> None:
    refused = run.refused("POST", "builds:submit", body)
    assert refused[0] == code
    assert said in refused[1]


def test_a_build_that_is_not_there(run: Run) -> None:
    answer = run.http.get(f"/v1/projects/{run.project}/locations/{run.region}/builds/nowhere")
    assert answer.status_code == 404
    assert answer.json()["error"]["status"] == "NOT_FOUND"


def test_an_image_runs_as_its_dockerfile_says(run: Run) -> None:
    """Its folder, variables and files; arguments follow the entry point; what is ignored is not there."""
    source = {
        "Dockerfile": """
            ARG VERSION=3.11
            FROM docker.io/library/python:${VERSION}-slim
            ENV HOME_OF="the app" PLACE=/srv/app/data
            WORKDIR /srv/app
            COPY --chown=1000 show.py data* ./
            COPY . /srv/all/
            EXPOSE 8080
            HEALTHCHECK CMD true
            USER nobody
            ENTRYPOINT ["python", "/srv/app/show.py"]
            CMD ["by", "default"]
        """,
        ".dockerignore": "# what is not for the image\nsecret*\n!secret-not\n",
        "show.py": """if True:
            import os, pathlib, sys
            print(*sys.argv[1:])
            print(os.environ["HOME_OF"])
            print(pathlib.Path(os.environ["PLACE"]).read_text())
            print(os.getcwd().endswith("/srv/app"), os.getuid() != 0)
            print(*sorted(path.name for path in pathlib.Path("../all").iterdir()))
        """,
        "data": "some data",
        "secret": "x",
        "secret-not": "y",
    }
    image, job = run.image(source), fresh("job")
    run.job(job, {"image": image})
    run.did(run.call("POST", f"jobs/{job}:run", {}))
    said = [one["textPayload"] for one in run.entries(f'resource.labels.job_name="{job}"', least=5)]
    assert said == [
        "by default",
        "the app",
        "some data",
        "True True",
        ".dockerignore Dockerfile data secret-not show.py",
    ]


def test_a_source_without_a_dockerfile_has_a_procfile(cloud: Endpoints, run: Run) -> None:
    source = {"Procfile": "web: python -m http.server $PORT\n", "requirements.txt": "", "hello.txt": "hello"}
    build = run.built(run.submit(archive(source), imageUri="example.com/a/procfile", buildpackBuild={}))
    assert build["status"] == "SUCCESS", build
    name = fresh()
    made = run.create(name, {"containers": [{"image": f"example.com/a/procfile@{digest(build)}"}]})
    assert httpx.get(f"{run.did(made)['uri']}/hello.txt").text == "hello"
    nothing = run.built(run.submit(archive({"a": ""}), buildpackBuild={}))
    assert nothing["failureInfo"]["detail"].startswith("Procfile: no line 'web: COMMAND'")
