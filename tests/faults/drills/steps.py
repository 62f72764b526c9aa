"""The steps of a restore drill, each with the call by which it takes effect."""

from functools import partial

from tests.faults.step import Step

STATE, VAULT = "/b/muster-state/o", "/b/muster-vault/o"
TAKE, RENEW = f"/upload.*{STATE}.*ifGenerationMatch=0", f"/upload.*{STATE}.*ifGenerationMatch=[1-9]"
TARGET = "drill-[0-9][^/]*"
REPORT = r'"drills/{env}/[^"]*\.json"'

ANY, WHOLE = ("database", "whole"), ("whole",)

_drill = partial(Step, "drill", draws=ANY, start="a set")

STEPS = (
    _drill("read the manifest", "GET", rf"/download/.*{VAULT}/manifests%2F{{env}}%2F"),
    _drill("take the lease", "POST", TAKE, "leases/{env}/drill"),
    _drill("renew the lease", "POST", RENEW, "leases/{env}/drill"),
    _drill("open the draft", "POST", TAKE, '"drills/{env}/'),
    _drill("note the step", "POST", RENEW, '"drills/{env}/', skips=2),
    _drill("restore the database", "POST", f"/instances/{TARGET}/restoreBackup"),
    _drill("look at the restore", "GET", "/operations/", draws=ANY, skips=2),
    _drill("change a password", "PUT", f"/instances/{TARGET}/users", skips=2),
    _drill("make a secret", "POST", f"/secrets[?]secretId={TARGET}", skips=1),
    _drill("write a secret", "POST", f"/secrets/{TARGET}:addVersion", skips=1),
    _drill("mark the cluster", "PUT", "/_cluster/settings", '"cluster.metadata.muster":"', draws=WHOLE),
    _drill("register the repository", "PUT", "/_snapshot/{env}([?]|$)", draws=WHOLE),
    _drill("restore the search", "POST", "/_snapshot/{env}/[^/]*/_restore", draws=WHOLE),
    _drill("make the reindex job", "POST", f"/jobs[?]jobId={TARGET}-reindex", draws=WHOLE),
    _drill("reindex", "POST", f"/jobs/{TARGET}-reindex:run", draws=WHOLE),
    _drill("delete the job", "DELETE", f"/jobs/{TARGET}-reindex", draws=WHOLE),
    _drill("create the service", "POST", f"/services[?]serviceId={TARGET}"),
    _drill("look at the service", "GET", f"/services/{TARGET}", skips=1),
    _drill("delete the service", "DELETE", f"/services/{TARGET}"),
    _drill("delete the indices", "DELETE", "/{env}-notes", draws=WHOLE),
    _drill("forget the repository", "DELETE", "/_snapshot/{env}([?]|$)", draws=WHOLE),
    _drill("delete the instance", "DELETE", f"/instances/{TARGET}"),
    _drill("delete a secret", "DELETE", f"/secrets/{TARGET}", skips=1),
    _drill("write the report", "POST", f"/upload.*{VAULT}", REPORT),
    _drill("write its page", "POST", f"/upload.*{VAULT}", r'"drills/{env}/[^"]*\.html"'),
    _drill("prove the set", "PATCH", f"{VAULT}/manifests%2F{{env}}%2F"),
    _drill("delete the draft", "DELETE", f"{STATE}/drills%2F{{env}}%2F"),
    _drill("release the lease", "DELETE", "leases%2F{env}%2Fdrill"),
)

ALL = _drill("all of it", "GET", "/{env}")
WITH_SEARCH = _drill("all of it, with a search", "GET", "/{env}", draws=WHOLE)
