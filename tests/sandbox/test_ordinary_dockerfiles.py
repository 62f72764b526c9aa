"""Dockerfiles in the forms that public Python web services have: built and asked, or refused."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sandbox.run_client import Run, archive, fresh
from tests.sandbox.small_apps import (
    AIOHTTP,
    BOTTLE,
    DJANGO,
    FASTAPI,
    FLASK,
    POETRY,
    PROJECT,
    STARLETTE,
    TORNADO,
    laid,
    source,
)

pytestmark = pytest.mark.slow
Files = dict[str, str]


@pytest.fixture
def locked(tmp_path: Path) -> str:
    """The uv.lock of the project, made by uv itself."""
    (tmp_path / "pyproject.toml").write_text(laid({"": PROJECT})[""])
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "lock", "--quiet"], cwd=tmp_path, check=True)
    return (tmp_path / "uv.lock").read_text()


SERVED: list[Any] = [
    pytest.param(
        source(
            """
            # https://cloud.google.com/run/docs/quickstarts/build-and-deploy/deploy-python-service
            FROM python:3.12-slim
            ENV PYTHONUNBUFFERED True
            ENV APP_HOME /app
            WORKDIR $APP_HOME
            COPY . ./
            RUN pip install --no-cache-dir -r requirements.txt
            CMD exec gunicorn --bind :$PORT --workers 1 --threads 8 --timeout 0 main:app
            """,
            "flask==3.1.0 gunicorn==23.0.0",
            main=FLASK,
        ),
        8080,
        "hello from flask",
        id="pip, gunicorn, $PORT in the shell form",
    ),
    pytest.param(
        laid(
            {
                **source(
                    """
                    FROM python:3.11
                    WORKDIR /code
                    COPY ./requirements.txt /code/requirements.txt
                    RUN pip install --no-cache-dir --upgrade -r /code/requirements.txt
                    COPY ./app /code/app
                    CMD ["uvicorn", "app.main:app", "--host", "0.0.0.0", "--port", "80"]
                    """,
                    "fastapi==0.115.12 uvicorn==0.34.0",
                ),
                "app/__init__.py": "",
                "app/main.py": FASTAPI,
            }
        ),
        80,
        "hello from fastapi",
        id="uvicorn, a port written out in the exec form",
    ),
    pytest.param(
        laid(
            {
                **DJANGO,
                **source(
                    """
                    FROM python:3.12-slim-bookworm
                    ENV PYTHONDONTWRITEBYTECODE=1 \\
                        PYTHONUNBUFFERED=1
                    WORKDIR /app
                    RUN groupadd --system app && useradd --system --gid app --create-home app
                    COPY requirements.txt .
                    RUN --mount=type=cache,target=/root/.cache/pip pip install -r requirements.txt
                    COPY --chown=app:app . .
                    RUN mkdir -p /app/static && chown -R app:app /app
                    USER app
                    EXPOSE 8080
                    CMD ["gunicorn", "--bind", "0.0.0.0:8080", "shop.wsgi:application"]
                    """,
                    "django==5.1.7 gunicorn==23.0.0",
                ),
            }
        ),
        8080,
        "hello from django",
        id="Django, a user who is not root",
    ),
    pytest.param(
        laid(
            {
                **DJANGO,
                **source(
                    """
                    FROM python:3
                    WORKDIR /usr/src/app
                    COPY requirements.txt ./
                    RUN pip install --no-cache-dir -r requirements.txt
                    COPY . .
                    COPY entrypoint.sh /entrypoint.sh
                    RUN chmod +x /entrypoint.sh
                    ENTRYPOINT ["/entrypoint.sh"]
                    CMD ["python", "manage.py", "runserver", "--noreload", "0.0.0.0:8080"]
                    """,
                    "django==5.1.7",
                ),
                "entrypoint.sh": '#!/bin/sh\nset -e\npython manage.py check\nexec "$@"\n',
            }
        ),
        8080,
        "hello from django",
        id="an entry point that is a script",
    ),
    pytest.param(
        source(
            """
            FROM python:3.12 AS builder
            WORKDIR /app
            COPY requirements.txt .
            RUN pip install --user --no-warn-script-location -r requirements.txt

            FROM python:3.12-slim
            WORKDIR /app
            COPY --from=builder /root/.local /root/.local
            COPY main.py .
            ENV PATH=/root/.local/bin:$PATH
            CMD ["python", "main.py"]
            """,
            "aiohttp==3.11.18",
            main=AIOHTTP,
        ),
        8080,
        "hello from aiohttp",
        id="two stages, packages of the user",
    ),
    pytest.param(
        source(
            """
            FROM python:3.12-slim AS builder
            RUN python -m venv /opt/venv
            ENV PATH="/opt/venv/bin:$PATH"
            COPY requirements.txt .
            RUN pip install --no-cache-dir --upgrade pip && pip install --no-cache-dir -r requirements.txt

            FROM python:3.12-slim AS runner
            COPY --from=builder opt/venv/ /opt/venv/
            ENV PATH="/opt/venv/bin:$PATH"
            WORKDIR /app
            COPY . .
            USER 1001
            CMD ["/opt/venv/bin/waitress-serve", "--port=8080", "app:app"]
            """,
            "bottle==0.13.3 waitress==3.0.2",
            app=BOTTLE,
        ),
        8080,
        "hello from bottle",
        id="two stages, a virtual environment",
    ),
    pytest.param(
        source(
            """
            FROM python:3.12-slim AS build
            WORKDIR /src
            COPY requirements.txt .
            RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels -r requirements.txt

            FROM python:3.12-slim
            WORKDIR /app
            COPY --from=build /wheels /wheels
            RUN pip install --no-cache /wheels/*
            COPY app.py .
            CMD ["python", "app.py"]
            """,
            "tornado==6.4.2",
            app=TORNADO,
        ),
        8080,
        "hello from tornado",
        id="two stages, wheels",
    ),
    pytest.param(
        source(
            """
            ARG PYTHON=3.12
            FROM python:${PYTHON}-slim AS base
            ENV PYTHONUNBUFFERED=1
            WORKDIR /app

            FROM base AS deps
            COPY requirements.txt .
            RUN pip install --prefix=/install -r requirements.txt

            FROM base
            COPY --from=deps /install /usr/local
            COPY . .
            CMD gunicorn -b 0.0.0.0:${PORT:-8080} main:app
            """,
            "flask==3.1.0 gunicorn==23.0.0",
            main=FLASK,
        ),
        8080,
        "hello from flask",
        id="three stages on one base, a prefix",
    ),
    pytest.param(
        laid(
            {
                **source(
                    """
                    # https://github.com/astral-sh/uv-docker-example, multistage.Dockerfile
                    FROM ghcr.io/astral-sh/uv:python3.12-bookworm-slim AS builder
                    ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy
                    ENV UV_PYTHON_DOWNLOADS=0
                    WORKDIR /app
                    RUN --mount=type=cache,target=/root/.cache/uv \\
                        --mount=type=bind,source=uv.lock,target=uv.lock \\
                        --mount=type=bind,source=pyproject.toml,target=pyproject.toml \\
                        uv sync --locked --no-install-project --no-dev
                    COPY . /app
                    RUN --mount=type=cache,target=/root/.cache/uv \\
                        uv sync --locked --no-dev

                    FROM python:3.12-slim-bookworm
                    RUN groupadd --system --gid 999 nonroot \\
                     && useradd --system --gid 999 --uid 999 --create-home nonroot
                    COPY --from=builder --chown=nonroot:nonroot /app /app
                    ENV PATH="/app/.venv/bin:$PATH"
                    USER nonroot
                    WORKDIR /app
                    CMD ["uvicorn", "--host", "0.0.0.0", "--port", "8080", "main:app"]
                    """,
                    main=STARLETTE,
                ),
                "pyproject.toml": PROJECT,
                "uv.lock": "",
            }
        ),
        8080,
        "hello from starlette",
        id="uv's own example, two stages",
    ),
    pytest.param(
        laid(
            {
                **source(
                    """
                    # https://docs.astral.sh/uv/guides/integration/fastapi
                    FROM python:3.12-slim
                    COPY --from=ghcr.io/astral-sh/uv:latest /uv /uvx /bin/
                    COPY . /app
                    WORKDIR /app
                    RUN uv sync --frozen --no-cache
                    CMD ["/app/.venv/bin/uvicorn", "main:app", "--port", "80", "--host", "0.0.0.0"]
                    """,
                    main=STARLETTE,
                ),
                "pyproject.toml": PROJECT,
                "uv.lock": "",
            }
        ),
        80,
        "hello from starlette",
        id="uv from its image, one stage",
    ),
    pytest.param(
        laid(
            {
                **source(
                    """
                    FROM ghcr.io/astral-sh/uv:python3.12-bookworm-slim
                    WORKDIR /app
                    COPY pyproject.toml uv.lock ./
                    RUN uv sync --frozen --no-dev --no-install-project
                    COPY . .
                    CMD exec uv run --no-sync uvicorn main:app --host 0.0.0.0 --port $PORT
                    """,
                    main=STARLETTE,
                ),
                "pyproject.toml": PROJECT,
                "uv.lock": "",
            }
        ),
        8080,
        "hello from starlette",
        id="uv's image as the base, uv run",
    ),
    pytest.param(
        source(
            """
            FROM python:3.12-slim AS builder
            ENV POETRY_NO_INTERACTION=1 POETRY_VIRTUALENVS_IN_PROJECT=1 POETRY_CACHE_DIR=/tmp/poetry
            RUN pip install poetry==2.1.3
            WORKDIR /app
            COPY pyproject.toml poetry.lock ./
            RUN --mount=type=cache,target=/tmp/poetry poetry install --only main --no-root

            FROM python:3.12-slim AS runtime
            ENV VIRTUAL_ENV=/app/.venv PATH="/app/.venv/bin:$PATH"
            COPY --from=builder ${VIRTUAL_ENV} ${VIRTUAL_ENV}
            COPY . /app
            WORKDIR /app
            ENTRYPOINT ["waitress-serve", "--listen=*:8080", "app:app"]
            """,
            app=BOTTLE,
        )
        | POETRY,
        8080,
        "hello from bottle",
        id="poetry install, two stages",
    ),
    pytest.param(
        source(
            """
            # https://fastapi.tiangolo.com/deployment/docker, as it was for Poetry
            FROM python:3.11 AS requirements-stage
            WORKDIR /tmp
            RUN pip install poetry poetry-plugin-export
            COPY ./pyproject.toml ./poetry.lock* /tmp/
            RUN poetry export -f requirements.txt --output requirements.txt --without-hashes

            FROM python:3.11
            WORKDIR /code
            COPY --from=requirements-stage /tmp/requirements.txt /code/requirements.txt
            RUN pip install --no-cache-dir --upgrade -r /code/requirements.txt
            COPY ./app.py /code/
            CMD ["waitress-serve", "--port", "8080", "app:app"]
            """,
            app=BOTTLE,
        )
        | POETRY,
        8080,
        "hello from bottle",
        id="poetry export, two stages",
    ),
    pytest.param(
        source(
            """
            FROM python:3.12-slim
            RUN pip install 'poetry>=2' && poetry config virtualenvs.create false
            WORKDIR /app
            COPY . .
            RUN poetry install --no-root --no-interaction --no-ansi
            CMD poetry run waitress-serve --port=$PORT app:app
            """,
            app=BOTTLE,
        )
        | POETRY,
        8080,
        "hello from bottle",
        id="poetry install, one stage",
    ),
    pytest.param(
        source(
            """
            FROM python:3.12-slim
            COPY --from=ghcr.io/astral-sh/uv:0.9 /uv /usr/local/bin/uv
            WORKDIR /app
            COPY requirements.txt .
            RUN uv pip install --system --no-cache -r requirements.txt
            COPY main.py gunicorn.conf.py ./
            CMD ["gunicorn", "-k", "uvicorn.workers.UvicornWorker", "-c", "gunicorn.conf.py", "main:app"]
            """,
            "fastapi==0.115.12 uvicorn==0.34.0 gunicorn==23.0.0",
            main=FASTAPI,
        )
        | {"gunicorn.conf.py": "import os\nbind, workers = '0.0.0.0:' + os.environ['PORT'], 2\n"},
        8080,
        "hello from fastapi",
        id="uv pip, gunicorn with uvicorn's workers and a file of settings",
    ),
]


@pytest.mark.parametrize(("files", "port", "said"), SERVED)
def test_built_and_served(run: Run, locked: str, files: Files, port: int, said: str) -> None:
    image = run.image({name: text or locked if name == "uv.lock" else text for name, text in files.items()})
    name = fresh()
    made = run.create(name, {"containers": [{"image": image, "ports": [{"containerPort": port}]}]})
    answer = httpx.get(run.did(made)["uri"])
    assert (answer.status_code, answer.text) == (200, said)
    run.did(run.call("DELETE", f"services/{name}"))


@pytest.mark.parametrize(
    ("dockerfile", "said"),
    [
        pytest.param(
            """
            FROM python:3.12-slim
            RUN apt-get update && apt-get install -y --no-install-recommends gcc libpq-dev \\
                && rm -rf /var/lib/apt/lists/*
            CMD ["python"]
            """,
            "line 2: RUN apt-get update && apt-get install -y --no-install-recommends gcc libpq-dev "
            "&& rm -rf /var/lib/apt/lists/*: apt-get update: the sandbox runs no commands while building",
            id="packages of the distribution",
        ),
        pytest.param(
            """
            FROM python:3.12-slim
            RUN pip install django
            COPY . .
            RUN python manage.py collectstatic --noinput
            CMD ["python"]
            """,
            "line 4: RUN python manage.py collectstatic --noinput: the sandbox runs no commands",
            id="a command of the project",
        ),
        pytest.param(
            "FROM python:3.12\nADD https://github.com/a/b/releases/c.tar.gz /opt/\nCMD x",
            "line 2: ADD https://github.com/a/b/releases/c.tar.gz /opt/: only files of the source can be",
            id="what lies elsewhere",
        ),
        pytest.param(
            "FROM node:22 AS ui\nWORKDIR /ui\nRUN npm ci && npm run build\nFROM python:3.12\nCMD x",
            "line 1: FROM node:22 AS ui: the sandbox builds on a python base alone",
            id="a stage of another language",
        ),
        pytest.param(
            "FROM python:3.12 AS b\nFROM gcr.io/distroless/python3-debian12\nCOPY --from=b /app /app\nCMD x",
            "line 2: FROM gcr.io/distroless/python3-debian12: the sandbox builds on a python base alone",
            id="a base without a shell",
        ),
        pytest.param(
            "FROM tiangolo/uvicorn-gunicorn-fastapi:python3.11\nCOPY ./app /app",
            "line 1: FROM tiangolo/uvicorn-gunicorn-fastapi:python3.11: the sandbox builds on a python base",
            id="a base with a start of its own",
        ),
        pytest.param(
            "FROM continuumio/miniconda3\nRUN conda env create -f environment.yml\nCMD x",
            "line 1: FROM continuumio/miniconda3: the sandbox builds on a python base alone",
            id="conda",
        ),
        pytest.param(
            "FROM python:3.12\nCOPY --from=golang:1.23 /usr/local/go /go\nCMD x",
            "line 2: COPY --from=golang:1.23 /usr/local/go /go: only a stage of this file can be copied from",
            id="a file of another image",
        ),
        pytest.param(
            "FROM python:3.12 AS b\nFROM python:3.12\nCOPY --from=b /app/dist /app\nCMD x",
            "line 3: COPY --from=b /app/dist /app: '/app/dist' is not in stage 'b'",
            id="what a stage would have had to make",
        ),
        pytest.param(
            "FROM python:3.12\nRUN curl -sSL https://install.python-poetry.org | python3 -\nCMD x",
            "line 2: RUN curl -sSL https://install.python-poetry.org | python3 -: the sandbox runs no",
            id="a script from elsewhere",
        ),
        pytest.param(
            "FROM python:3.12\nRUN pip install pipenv && pipenv install --deploy --system\nCMD x",
            "line 2: RUN pip install pipenv && pipenv install --deploy --system: "
            "pipenv install --deploy --system: the sandbox runs no commands",
            id="pipenv",
        ),
        pytest.param(
            "FROM python:3.12\nRUN <<EOF\npip install flask\nEOF\nCMD x",
            "line 2: RUN <<EOF: here-documents are not understood",
            id="a here-document",
        ),
    ],
)
def test_refused_with_the_line_and_the_reason(run: Run, dockerfile: str, said: str) -> None:
    build = run.built(run.submit(archive(source(dockerfile))))
    assert build["status"] == "FAILURE"
    assert build["failureInfo"]["detail"].startswith(f"Dockerfile {said}")
