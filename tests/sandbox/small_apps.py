"""Web services of a screen each, in the frameworks that public Dockerfiles are written for: name to text."""

from textwrap import dedent

FLASK = """
    import flask
    app = flask.Flask(__name__)

    @app.get("/")
    def hello():
        return "hello from flask"
"""
STARLETTE = """
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    async def hello(_):
        return PlainTextResponse("hello from starlette")

    app = Starlette(routes=[Route("/", hello)])
"""
FASTAPI = """
    from fastapi import FastAPI
    from fastapi.responses import PlainTextResponse
    app = FastAPI()

    @app.get("/", response_class=PlainTextResponse)
    def hello():
        return "hello from fastapi"
"""
BOTTLE = """
    import bottle
    app = bottle.default_app()

    @bottle.get("/")
    def hello():
        return "hello from bottle"
"""
AIOHTTP = """
    import os
    from aiohttp import web

    async def hello(_):
        return web.Response(text="hello from aiohttp")

    app = web.Application()
    app.router.add_get("/", hello)
    web.run_app(app, port=int(os.environ.get("PORT", 8080)))
"""
TORNADO = """
    import asyncio, os, tornado.web

    class Hello(tornado.web.RequestHandler):
        def get(self):
            self.write("hello from tornado")

    async def main():
        tornado.web.Application([("/", Hello)]).listen(int(os.environ["PORT"]))
        await asyncio.Event().wait()

    asyncio.run(main())
"""
DJANGO = {
    "manage.py": """
        import os, sys
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
        from django.core.management import execute_from_command_line
        execute_from_command_line(sys.argv)
    """,
    "shop/__init__.py": "",
    "shop/settings.py": """
        SECRET_KEY, ALLOWED_HOSTS, ROOT_URLCONF = "for nothing", ["*"], "shop.urls"
        INSTALLED_APPS, MIDDLEWARE, USE_TZ = [], [], True
    """,
    "shop/urls.py": """
        from django.http import HttpResponse
        from django.urls import path
        urlpatterns = [path("", lambda _: HttpResponse("hello from django"))]
    """,
    "shop/wsgi.py": """
        import os
        from django.core.wsgi import get_wsgi_application
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
        application = get_wsgi_application()
    """,
}
PROJECT = """
    [project]
    name = "shop"
    version = "1"
    requires-python = ">=3.11"
    dependencies = ["starlette==0.46.2", "uvicorn==0.34.0"]
"""


def package(name: str, version: str, group: str) -> str:
    """An entry of a poetry.lock."""
    told = {"name": name, "version": version, "description": "", "python-versions": "*"}
    lines = [f'{key} = "{value}"' for key, value in told.items()]
    return "\n".join(["[[package]]", *lines, f'optional = false\ngroups = ["{group}"]\nfiles = []\n\n'])


POETRY = {
    "pyproject.toml": """\
[project]
name = "shop"
version = "1"
requires-python = ">=3.11"
dependencies = ["bottle (==0.13.3)", "waitress (==3.0.2)"]

[tool.poetry]
package-mode = false

[tool.poetry.group.dev.dependencies]
idna = "3.10"
""",
    "poetry.lock": package("bottle", "0.13.3", "main")
    + package("idna", "3.10", "dev")
    + package("waitress", "3.0.2", "main")
    + """\
[metadata]
lock-version = "2.1"
python-versions = ">=3.11"
content-hash = "0e5df669d87be59100138ed39cd9fd78cc4f3ccc6e6fa5cbe61565b0b28a9b44"
""",
}  # Poetry refuses a lock whose hash is not that of the pyproject.toml beside it


def source(dockerfile: str, requirements: str = "", **files: str) -> dict[str, str]:
    """A source by its files. A keyword is the name of a Python file, without its ending."""
    named = {f"{name}.py": text for name, text in files.items()}
    if requirements:
        named["requirements.txt"] = requirements.replace(" ", "\n") + "\n"
    return laid({"Dockerfile": dockerfile, **named})


def laid(files: dict[str, str]) -> dict[str, str]:
    """The same files, each from its first line and its left margin on."""
    return {name: dedent(text).lstrip("\n") for name, text in files.items()}
