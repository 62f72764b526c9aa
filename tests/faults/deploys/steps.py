"""The steps of the runbooks, each with the call by which it takes effect."""

from typing import Any

from tests.faults.step import Step

STATE, VAULT = "/b/muster-state/o", "/b/muster-vault/o"
SERVICE = r"/services/{env}(\?|$)"
MARKED, UNMARKED = "(?=.*muster/baseline)", "(?!.*muster/baseline)"


def _deploy(name: str, method: str, path: str, body: str = "", **more: Any) -> Step:
    return Step("deploy", name, method, path, body, **{"draws": MOSTLY_GOOD, **more})


def _first(name: str, method: str, path: str, body: str = "", **more: Any) -> Step:
    return Step("first", name, method, path, body, **{"draws": ("good",), "start": "nothing", **more})


def _rollback(name: str, method: str, path: str, body: str = "", **more: Any) -> Step:
    return Step("rollback", name, method, path, body, **{"draws": ("good",), **more})


MOSTLY_GOOD = ("good", "good", "good", "erring", "erring", "migrating")
GOOD = ("good", "good", "good", "good", "good", "migrating")  # a migration's jobs are dear
ANY = ("good", "good", "good", "erring", "sick", "migrating", "good", "erring", "sick", "breaking")
BAD = ("erring", "erring", "sick", "sick", "breaking")
MIGRATING = ("migrating", "breaking")

STEPS = (
    # deploy: a release against a baseline
    _deploy("refuse early", "GET", SERVICE, draws=ANY),
    _deploy("note the run", "POST", f"/upload.*{STATE}", "runs/{env}/", skips=4),
    _deploy("upload the source", "POST", "/upload/storage/", "sources/{env}/", start="source"),
    _deploy("submit the build", "POST", "/builds:submit", "{env}", start="source"),
    _deploy("delete the source", "DELETE", "sources%2F{env}%2F", start="source"),
    _deploy("create the plan's job", "POST", "/jobs[?]jobId={env}-plan-", draws=MIGRATING),
    _deploy("run the plan's job", "POST", "/jobs/{env}-plan-[^/]*:run", draws=MIGRATING),
    _deploy("delete the plan's job", "DELETE", "/jobs/{env}-plan-", draws=MIGRATING),
    _deploy("take the lease", "POST", f"/upload.*{STATE}.*ifGenerationMatch=0", "leases/{env}", draws=ANY),
    _deploy("renew the lease", "POST", f"/upload.*{STATE}.*ifGenerationMatch=[1-9]", "leases/{env}", skips=3),
    _deploy("take in hand", "PATCH", SERVICE, f'^{MARKED}(?!.*"canary")', draws=ANY),
    _deploy("mark recovery point", "POST", "/backupRuns", draws=MIGRATING),
    _deploy("create the migration's job", "POST", "/jobs[?]jobId={env}-migrate-", draws=MIGRATING),
    _deploy("migrate", "POST", "/jobs/{env}-migrate-[^/]*:run", draws=MIGRATING),
    _deploy("delete the migration's job", "DELETE", "/jobs/{env}-migrate-", draws=MIGRATING),
    _deploy(
        "take schema back", "POST", "/jobs/{env}-migrate-[^/]*:run", "downgrade", draws=("breaking",)
    ),
    _deploy("create canary", "PATCH", SERVICE, '"template"', draws=(*GOOD, "erring", "sick")),
    _deploy("split traffic: 20 %", "PATCH", SERVICE, r'^(?!.*"template").*"percent":\s*20\b'),
    _deploy("look at the log", "POST", "/entries:list", "requests.*{env}", skips=4),
    _deploy("keep evidence", "POST", f"/upload.*{STATE}", "evidence/{env}/", skips=4),
    _deploy("split traffic: 50 %", "PATCH", SERVICE, r'"percent":\s*50\b', draws=GOOD),
    _deploy("give all", "PATCH", SERVICE, '^(?=.*"previous")(?=.*"canary")', draws=GOOD),
    _deploy("clear marks", "PATCH", SERVICE, f"^{UNMARKED}", draws=GOOD),
    _deploy("restore baseline", "PATCH", SERVICE, f"^{UNMARKED}", draws=BAD),
    _deploy("forget evidence", "DELETE", "evidence%2F{env}%2F"),
    _deploy("release the lease", "DELETE", "leases%2F{env}", draws=ANY),
    _deploy("keep the record", "POST", f"/upload.*{VAULT}", "releases/{env}/", draws=ANY),
    _deploy("delete the run's note", "DELETE", "runs%2F{env}%2F", draws=ANY),
    # deploy: the first release of a service
    _first("take the lease", "POST", f"/upload.*{STATE}", "leases/{env}"),
    _first("create first", "POST", "/services[?]serviceId={env}", draws=("good", "sick")),
    _first("confirm first", "PATCH", SERVICE),
    _first("release the lease", "DELETE", "leases%2F{env}", draws=("good", "sick")),
    # rollback of a deploy that died on trial: at once
    _rollback("take the lease over", "POST", f"/upload.*{STATE}", "leases/{env}", start="trial"),
    _rollback("restore baseline", "PATCH", SERVICE, start="trial"),
    _rollback("release the lease", "DELETE", "leases%2F{env}", start="trial"),
    _rollback("fence who held it", "POST", f"/upload.*{STATE}", "fences/{env}", start="trial"),
    # rollback to the former baseline: smoked first
    _rollback("take the lease", "POST", f"/upload.*{STATE}", "leases/{env}", start="promoted"),
    _rollback("offer", "PATCH", SERVICE, '"canary"', start="promoted"),
    _rollback("send everyone", "PATCH", SERVICE, '^(?!.*"canary")', start="promoted"),
    _rollback("keep the record", "POST", f"/upload.*{VAULT}", "releases/{env}/", start="promoted"),
    # rollback to a former baseline that no longer does
    _rollback("withdraw", "PATCH", SERVICE, '^(?!.*"canary")', start="promoted over a sick one"),
)  # fmt: skip

RUNBOOKS = (  # for what goes wrong all the time
    _deploy("all of it", "GET", SERVICE, draws=ANY),
    _first("all of it", "GET", SERVICE, draws=("good", "sick")),
    _rollback("all of it, from a trial", "GET", SERVICE, start="trial"),
    _rollback("all of it", "GET", SERVICE, start="promoted"),
)
