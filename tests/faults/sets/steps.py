"""The steps of the runbooks about recovery sets, each with the call by which it takes effect."""

from functools import partial

from tests.faults.step import Step

STATE, VAULT, COPIES = "/b/muster-state/o", "/b/muster-vault/o", "/b/muster-vault-2/o"
TAKE, RENEW = f"/upload.*{STATE}.*ifGenerationMatch=0", f"/upload.*{STATE}.*ifGenerationMatch=[1-9]"
MANIFEST = r"manifests%2F{env}%2F[^/?]*"
DELETING = r'"muster-deleting": "true"'
DELETED, MARKED = f"^(?=.*{DELETING})", f'^(?!.*{DELETING})(?=.*"muster-expires-at": "2)'

ANY = ("bare", "search", "database", "whole")  # what an environment has beside its service
DATABASE, SEARCH = ("database", "whole"), ("search", "search", "whole")

_backup = partial(Step, "backup", draws=ANY, start="nothing")
_verify = partial(Step, "verify", draws=ANY, start="a set")
_copy = partial(Step, "copy", draws=("bare", "search"), start="a set")
_expire = partial(Step, "expire", draws=ANY, start="marked")

BEGIN_BACKUP = _backup("begin the backup", "POST", "/projects/[^/]*/backups", "{instance}", draws=DATABASE)

STEPS = (
    _backup("look at the instance", "GET", r"/instances/{instance}(\?|$)", draws=DATABASE),
    _backup("take the lease", "POST", TAKE, "leases/{env}/backup"),
    _backup("renew the lease", "POST", RENEW, "leases/{env}/backup", draws=DATABASE, start="slow"),
    _backup("open the set", "POST", f"/upload.*{STATE}", '"sets/{env}/'),
    _backup(
        "write the configuration", "POST", f"/upload.*{VAULT}", "sets/{env}/[^/]*/configuration/", skips=2
    ),
    BEGIN_BACKUP,
    _backup("look at the backup", "GET", "/backups[?].*{instance}", draws=DATABASE, skips=3),
    _backup("begin the snapshot", "PUT", "/_snapshot/{env}/muster-set-", draws=SEARCH),
    _backup("look at the snapshot", "GET", "/_snapshot/{env}/muster-set-", draws=SEARCH, skips=1),
    _backup("note a part", "PATCH", f"{STATE}/sets%2F{{env}}%2F"),
    _backup("write the manifest", "POST", f"/upload.*{VAULT}", '"manifests/{env}/'),
    _backup("delete the draft", "DELETE", f"{STATE}/sets%2F{{env}}%2F"),
    _backup("release the lease", "DELETE", "leases%2F{env}%2Fbackup"),
    _verify("take the lease", "POST", TAKE, "leases/{env}/checks"),
    _verify("read the manifest", "GET", f"/download/.*{VAULT}/{MANIFEST}"),
    _verify("read the configuration", "GET", f"/download/.*{VAULT}/sets%2F{{env}}%2F", skips=2),
    _verify("look at the window", "GET", "/instances/{instance}/getLatestRecoveryTime", draws=DATABASE),
    _verify("look at the snapshot", "GET", "/_snapshot/{env}/muster-set-", draws=SEARCH),
    _verify("note what it counts as", "PATCH", f"{VAULT}/{MANIFEST}"),
    _verify("release the lease", "DELETE", "leases%2F{env}%2Fchecks"),
    _copy("take the lease", "POST", TAKE, "leases/{env}/copies"),
    _copy("begin an upload", "POST", f"/upload.*{COPIES}", "sets/{env}/", skips=2),
    _copy("send the bytes", "PUT", f"/upload.*{COPIES}.*sets%2F{{env}}%2F", skips=2),
    _copy("send the manifest", "PUT", f"/upload.*{COPIES}.*{MANIFEST}"),
    _copy("note the copy", "PATCH", f"{VAULT}/{MANIFEST}"),
    _copy("release the lease", "DELETE", "leases%2F{env}%2Fcopies"),
    _expire("take the lease", "POST", TAKE, "leases/{env}/expire"),
    _expire("mark a set", "PATCH", f"{VAULT}/{MANIFEST}", MARKED, start="outdone"),
    _expire("begin a deletion", "PATCH", f"{VAULT}/{MANIFEST}", DELETED),
    _expire("delete the snapshot", "DELETE", "/_snapshot/{env}/muster-set-", draws=SEARCH),
    _expire("delete the backup", "DELETE", "/backups/({backups})", draws=DATABASE),
    _expire("delete the configuration", "DELETE", f"{VAULT}/sets%2F{{env}}%2F", skips=2),
    _expire("delete the manifest", "DELETE", f"{VAULT}/{MANIFEST}"),
    _expire("release the lease", "DELETE", "leases%2F{env}%2Fexpire"),
)

RUNBOOKS = (  # for what goes wrong all the time
    Step("backup", "all of it, and what follows it", "GET", "/{env}", draws=("whole",), start="nightly"),
    _verify("all of it", "GET", "/{env}", draws=("whole",)),
    _copy("all of it", "GET", "/{env}"),
    _expire("all of it", "GET", "/{env}", draws=("whole",)),
)
