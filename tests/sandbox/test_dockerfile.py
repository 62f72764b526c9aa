"""Reading Dockerfiles: what each asks for, and what is refused, by the number of its line."""

import re
from pathlib import Path

import pytest

from sandbox.builds.context import Context
from sandbox.builds.dockerfile import BuildError, Instruction, assignments, inside, parse, substitute
from sandbox.builds.recipe import Copy, Recipe, read
from sandbox.builds.requirement import Requirement
from sandbox.builds.shell import Executable, Folders
from sandbox.run.launch import at_port


def recipe(*lines: str) -> Recipe:
    """What these lines ask for, between a FROM and a CMD."""
    return read(parse("\n".join(["FROM python:3.12-slim", *lines, 'CMD ["run"]'])))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("FROM a\nCMD b", [(1, "FROM", "a"), (2, "CMD", "b")], id="a line each"),
        pytest.param("\n# why\nfrom a  \n", [(3, "FROM", "a")], id="comments and blanks count as lines"),
        pytest.param(
            "RUN a && \\\n    b \\\n# aside\n  c\nCMD d",
            [(1, "RUN", "a && b c"), (5, "CMD", "d")],
            id="continued lines have the number of the first",
        ),
    ],
)
def test_instructions(text: str, found: list[tuple[int, str, str]]) -> None:
    assert [(one.line, one.keyword, one.text) for one in parse(text)] == found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "Dockerfile: no instruction in it", id="nothing"),
        pytest.param("FROM a\nRUN b \\", "line 2: the last line ends in a backslash", id="an open end"),
        pytest.param("FROM a\nRUN <<EOF\nx\nEOF", "line 2: RUN <<EOF: here-documents", id="a here-document"),
    ],
)
def test_what_is_no_dockerfile(text: str, said: str) -> None:
    with pytest.raises(BuildError, match=re.escape(said)):
        parse(text)


@pytest.mark.parametrize(
    ("text", "made"),
    [
        pytest.param("$A/${A}", "1/1", id="both spellings"),
        pytest.param("${B:-two} ${A:-two}", "two 1", id="a default"),
        pytest.param("${A:+yes}${B:+yes}", "yes", id="another where it is set"),
        pytest.param(r"\$A", "$A", id="escaped"),
        pytest.param("$B.", ".", id="unknown is empty"),
    ],
)
def test_variables(text: str, made: str) -> None:
    assert substitute(text, {"A": "1"}) == made


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("A=1 B=2", {"A": "1", "B": "2"}, id="pairs"),
        pytest.param('A="x y" B=x\\ y', {"A": "x y", "B": "x y"}, id="spaces"),
        pytest.param("A='$x'", {"A": "$x"}, id="single quotes"),
        pytest.param("A one two", {"A": "one two"}, id="the old form"),
        pytest.param("A=", {"A": ""}, id="an empty value"),
    ],
)
def test_assignments(text: str, found: dict[str, str]) -> None:
    assert assignments(Instruction(1, "ENV", text)) == found


@pytest.mark.parametrize(
    ("workdir", "path", "made"),
    [
        pytest.param("/app", "src", "/app/src", id="relative"),
        pytest.param("/app", "/src/", "/src", id="absolute"),
        pytest.param("/app/a", "../b/./c", "/app/b/c", id="up and on"),
        pytest.param("/", "../../etc", "/etc", id="never out"),
    ],
)
def test_paths(workdir: str, path: str, made: str) -> None:
    assert inside(workdir, path) == made


@pytest.mark.parametrize(
    ("line", "python"),
    [
        pytest.param("FROM python:3.12-slim", "3.12", id="a version"),
        pytest.param("FROM python", "3", id="none"),
        pytest.param(
            "FROM --platform=linux/amd64 python:3.11.4 AS build", "3.11", id="a platform and a name"
        ),
        pytest.param("FROM registry.example.com/library/python:3-alpine", "3", id="another registry"),
    ],
)
def test_which_python(line: str, python: str) -> None:
    assert read(parse(f"{line}\nCMD x")).python == python


@pytest.mark.parametrize(
    ("line", "python"),
    [
        pytest.param(
            "FROM ghcr.io/astral-sh/uv:python3.12-bookworm-slim AS b", "3.12", id="uv's, with a Python"
        ),
        pytest.param("FROM ghcr.io/astral-sh/uv:0.9-python3.13-alpine", "3.13", id="and a version of uv's"),
        pytest.param("FROM ghcr.io/astral-sh/uv:latest", "3", id="uv alone"),
    ],
)
def test_which_python_uv_brings(line: str, python: str) -> None:
    assert read(parse(f"{line}\nCMD x")).python == python


def test_a_stage_is_known_by_its_name_and_its_number() -> None:
    text = """
        FROM python:3.12 AS base
        ENV A=1
        FROM base AS build
        WORKDIR /b
        RUN pip install x
        FROM python:3.11
        COPY --from=build /b /b
        COPY --from=0 /c /c
        COPY --from=ghcr.io/astral-sh/uv:latest /uv /uvx /bin/
        CMD ["run"]
    """
    made = read(parse(text))
    assert (made.python, made.env) == ("3.11", {})
    assert [step.stage for step in made.steps if isinstance(step, Copy)] == ["build", "0"], "uv is at hand"
    build = made.stages["build"]
    assert (build.python, build.env, build.workdir) == ("3.12", {"A": "1"}, "/b")
    assert made.stages["base"].steps == []
    assert made.stages["1"] is build


def test_an_environment_is_there_without_uv_run() -> None:
    assert recipe('ENTRYPOINT ["uv", "run", "--no-sync", "app"]').entrypoint == ["app"]
    assert recipe("ENTRYPOINT uv run --frozen app --x").entrypoint == ["/bin/sh", "-c", "app --x"]


def test_what_else_a_run_line_may_ask_for() -> None:
    made = recipe(
        "WORKDIR /app",
        "RUN mkdir -p logs /var/run/app && chmod +x start.sh && useradd -m a && chown a:a logs",
    )
    folders, executable = made.steps
    assert isinstance(folders, Folders)
    assert folders.paths == ("/app/logs", "/var/run/app")
    assert isinstance(executable, Executable)
    assert executable.paths == ("/app/start.sh",)


def test_a_command_takes_either_form() -> None:
    made = recipe('ENTRYPOINT ["python", "-m"]')
    assert (made.entrypoint, made.cmd) == (["python", "-m"], ["run"])
    assert recipe("ENTRYPOINT run --now").entrypoint == ["/bin/sh", "-c", "run --now"]
    assert read(parse("FROM python\nCMD a\nENTRYPOINT b")).cmd == [], "an entry point forgets what was before"


def test_what_has_no_effect_is_kept_or_passed_over() -> None:
    made = recipe("LABEL a=b", "STOPSIGNAL INT", "EXPOSE 80 443", "HEALTHCHECK CMD true", "USER 1000:1000")
    assert (made.exposed, made.healthcheck, made.user) == (["80", "443"], "CMD true", "1000:1000")


def test_variables_of_the_file_are_known_further_on() -> None:
    made = recipe("ARG WHERE=/srv", "ENV APP=$WHERE/app", "WORKDIR ${APP}", "WORKDIR sub")
    assert made.env == {"APP": "/srv/app"}
    assert made.workdir == "/srv/app/sub"


@pytest.mark.parametrize(
    ("line", "sources", "destination", "into_folder"),
    [
        pytest.param("COPY . .", (".",), "/app", True, id="all"),
        pytest.param("COPY a.py b.py lib/", ("a.py", "b.py"), "/app/lib", True, id="into a folder"),
        pytest.param("ADD a.py b.py", ("a.py",), "/app/b.py", False, id="under another name"),
        pytest.param('COPY ["a b", "/x"]', ("a b",), "/x", False, id="as a list"),
        pytest.param("COPY --chown=1:1 --chmod=755 a /x/", ("a",), "/x", True, id="with flags"),
    ],
)
def test_copies(line: str, sources: tuple[str, ...], destination: str, into_folder: bool) -> None:
    (step,) = recipe("WORKDIR /app", line).steps
    assert isinstance(step, Copy)
    assert (step.sources, step.destination, step.into_folder) == (sources, destination, into_folder)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        pytest.param("pip install flask", [("pip", ("flask",))], id="a package"),
        pytest.param("pip install 'flask>=2'  click", [("pip", ("flask>=2", "click"))], id="two, one quoted"),
        pytest.param("pip install --no-cache-dir -r req.txt", [("pip", ("-r", "req.txt"))], id="a file"),
        pytest.param(
            "python -m pip install --requirement=r.txt", [("pip", ("--requirement=r.txt",))], id="-m"
        ),
        pytest.param(
            "pip install --upgrade pip && pip3 install x", [("pip", ("x",))], id="pip itself is not one"
        ),
        pytest.param(
            "--mount=type=cache,target=/c uv sync --locked --no-dev", [("sync", ("--no-dev",))], id="uv"
        ),
        pytest.param(
            "uv sync --extra web --group=more --frozen",
            [("sync", ("--extra=web", "--group=more"))],
            id="uv, parts of the project",
        ),
        pytest.param("uv pip install --system .", [("pip", (".",))], id="the project itself"),
        pytest.param(
            "pip install \"a; python_version<'4'\"", [("pip", ("a; python_version<'4'",))], id="a marker"
        ),
    ],
)
def test_requirements(line: str, found: list[tuple[str, tuple[str, ...]]]) -> None:
    steps = recipe(f"RUN {line}").steps
    assert [(one.tool, one.arguments) for one in steps if isinstance(one, Requirement)] == found


@pytest.mark.parametrize(
    ("lines", "place"),
    [
        pytest.param(["RUN pip install x"], "/usr/local", id="beside Python"),
        pytest.param(["RUN pip install --user x"], "/root/.local", id="of the user"),
        pytest.param(["RUN pip install --prefix=/install x"], "/install", id="under a prefix"),
        pytest.param(["RUN pip install -t lib x"], "/app/lib", id="in a folder"),
        pytest.param(["RUN pip wheel --wheel-dir /wheels x"], "/wheels", id="as wheels"),
        pytest.param(["RUN python -m venv /v", "RUN pip install x"], "/v", id="in an environment"),
        pytest.param(["RUN /v/bin/pip install x"], "/v", id="by an environment's pip"),
        pytest.param(["RUN . /v/bin/activate && pip install x"], "/v", id="in an active environment"),
        pytest.param(["RUN uv venv && uv pip install x"], "/app/.venv", id="in uv's own environment"),
        pytest.param(["RUN uv sync --frozen"], "/app/.venv", id="in the project's"),
        pytest.param(["ENV UV_PROJECT_ENVIRONMENT=/v", "RUN uv sync"], "/v", id="where uv is told to"),
    ],
)
def test_where_a_requirement_is_installed(lines: list[str], place: str) -> None:
    (step,) = recipe("WORKDIR /app", *lines).steps
    assert isinstance(step, Requirement)
    assert step.place == place
    assert step.arguments == (() if step.tool == "sync" else ("x",))


def test_a_requirement_is_installed_where_it_was_asked_for() -> None:
    (step,) = recipe("WORKDIR /app", "RUN cd sub && pip install .").steps
    assert isinstance(step, Requirement)
    assert step.workdir == "/app/sub"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("CMD x", "line 1: CMD x: a Dockerfile begins with FROM", id="no FROM"),
        pytest.param("ARG A", "no FROM in it", id="nothing but ARG"),
        pytest.param(
            "FROM debian\nCMD x", "line 1: FROM debian: the sandbox builds on a python base", id="debian"
        ),
        pytest.param("FROM python-is-not", "builds on a python base", id="another name"),
        pytest.param(
            "FROM python\nCOPY --from=a b c",
            "line 2: COPY --from=a b c: only a stage of this file",
            id="from a stage that is not there",
        ),
        pytest.param(
            "FROM python\nFROM node AS a", "line 2: FROM node AS a: the sandbox builds on", id="a second base"
        ),
        pytest.param(
            "FROM python\nRUN pip install a && make it",
            "line 2: RUN pip install a && make it: make it: the sandbox runs no commands",
            id="a command among others",
        ),
        pytest.param("FROM python\nRUN set > x", "line 2: RUN set > x: the sandbox", id="a redirection"),
        pytest.param("FROM python\nRUN chmod 600 x", "line 2: RUN chmod 600 x: the sandbox", id="a mode"),
        pytest.param(
            "FROM python\nCOPY b", "line 2: COPY b: a source and a destination", id="no destination"
        ),
        pytest.param(
            "FROM python\nADD https://a/b c", "line 2: ADD https://a/b c: only files", id="an address"
        ),
        pytest.param(
            "FROM python\nRUN pip install a; make", "line 2: RUN pip install a; make", id="a command"
        ),
        pytest.param(
            "FROM python\nRUN pip install a | tee b", "line 2: RUN pip install a | tee b", id="a pipe"
        ),
        pytest.param(
            "FROM python\nRUN pip download a\nCMD x", "line 2: RUN pip download a", id="not an install"
        ),
        pytest.param('FROM python\nRUN echo "a', 'line 2: RUN echo "a', id="an open quote"),
        pytest.param("FROM\nCMD x", "line 1: FROM : ", id="FROM what"),
        pytest.param("FROM python\nVOLUME /x", "line 2: VOLUME /x: the sandbox does not know", id="a volume"),
        pytest.param("FROM python\nONBUILD RUN x", "line 2: ONBUILD RUN x", id="on build"),
        pytest.param("FROM python\nENV A\nCMD x", "line 2: ENV A: write it as NAME=value", id="half a pair"),
        pytest.param("FROM python\nWORKDIR /x", "line 2: it ends without CMD or ENTRYPOINT", id="no command"),
    ],
)
def test_refused_by_line(text: str, said: str) -> None:
    with pytest.raises(BuildError, match=re.escape(said)):
        read(parse(text))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    for name in ("app.py", "lib/a.py", "lib/deep/b.py", "lib/cache/c.pyc"):
        file = tmp_path / "source" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    return tmp_path / "source"


@pytest.mark.parametrize(
    ("ignored", "line", "found"),
    [
        pytest.param("", "COPY . .", ["app.py", "lib/a.py", "lib/cache/c.pyc", "lib/deep/b.py"], id="all"),
        pytest.param("", "COPY lib .", ["a.py", "cache/c.pyc", "deep/b.py"], id="what is in a folder"),
        pytest.param("", "COPY lib/a.py app.py x/", ["x/a.py", "x/app.py"], id="files into a folder"),
        pytest.param("", "COPY *.py main.py", ["main.py"], id="one by its pattern"),
        pytest.param("**/*.pyc\n", "COPY lib lib", ["lib/a.py", "lib/deep/b.py"], id="but what is ignored"),
        pytest.param("*\n!app.py\n", "COPY . .", ["app.py"], id="nothing but"),
        pytest.param(
            "a.py\n",
            "COPY . .",
            ["app.py", "lib/a.py", "lib/cache/c.pyc", "lib/deep/b.py"],
            id="from the root",
        ),
    ],
)
def test_what_is_copied(source: Path, tmp_path: Path, ignored: str, line: str, found: list[str]) -> None:
    if ignored:
        (source / ".dockerignore").write_text(ignored + ".dockerignore\n")
    (step,) = recipe(line).steps
    assert isinstance(step, Copy)
    rootfs = tmp_path / "rootfs"
    Context(source).copy(step, rootfs)
    assert sorted(str(path.relative_to(rootfs)) for path in rootfs.rglob("*") if path.is_file()) == found


@pytest.mark.parametrize("wanted", ["nowhere.py", "../outside", "lib/cache/c.pyc", "**x"])
def test_what_cannot_be_copied(source: Path, tmp_path: Path, wanted: str) -> None:
    (tmp_path / "outside").write_text("not of the source")
    (source / ".dockerignore").write_text("**/*.pyc\n")
    (step,) = recipe(f"COPY {wanted} /x").steps
    assert isinstance(step, Copy)
    with pytest.raises(BuildError, match=re.escape(f"COPY {wanted} /x: '{wanted}' is not in the source")):
        Context(source).copy(step, tmp_path / "rootfs")


@pytest.mark.parametrize(
    ("asked", "made"),
    [
        pytest.param(["--port", "8080"], ["--port", "9"], id="an option's value"),
        pytest.param(["--port=8080", "-p", "8080"], ["--port=9", "-p", "9"], id="in its other forms"),
        pytest.param(["--http-port", "8080"], ["--http-port", "9"], id="an option of a longer name"),
        pytest.param(["-b", "0.0.0.0:8080"], ["-b", "0.0.0.0:9"], id="beside an address"),
        pytest.param(["sh", "-c", "x --bind :8080 y"], ["sh", "-c", "x --bind :9 y"], id="in a shell's line"),
        pytest.param(
            ["--size", "8080", "8080", ":80801"], ["--size", "8080", "8080", ":80801"], id="no other"
        ),
    ],
)
def test_the_port_that_a_command_names(asked: list[str], made: list[str]) -> None:
    assert at_port(asked, 8080, 9) == made


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        pytest.param(["install --only main --no-root"], ("poetry", ("--only=main",), "/usr/local"), id="one"),
        pytest.param(["install"], ("poetry", ("--all-groups",), "/usr/local"), id="everything"),
        pytest.param(["install --no-dev"], ("poetry", ("--only=main",), "/usr/local"), id="as it was told"),
        pytest.param(
            ["config virtualenvs.create false", "install --without=dev"],
            ("poetry", ("--without=dev",), "/usr/local"),
            id="after what only configures it",
        ),
        pytest.param(
            ["export -f requirements.txt -o requirements.txt --with extra"],
            ("export", ("--with=extra",), "/app/requirements.txt"),
            id="a list",
        ),
    ],
)  # fmt: skip
def test_what_poetry_is_asked_for(lines: list[str], found: tuple[str, tuple[str, ...], str]) -> None:
    (step,) = recipe(
        "WORKDIR /app", "RUN pip install poetry==2.1", *(f"RUN poetry {line}" for line in lines)
    ).steps
    assert isinstance(step, Requirement)
    assert (step.tool, step.arguments, step.place) == found
