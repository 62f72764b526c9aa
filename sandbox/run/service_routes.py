"""Cloud Run's REST: services and revisions."""

from aiohttp import web

from sandbox.kernel.wire import answer, is_true, json_body
from sandbox.run.audit import Audit
from sandbox.run.instances import Instances
from sandbox.run.names import check_name, short
from sandbox.run.paths import PARENT, REVISION, SERVICE, Paths, listed, refuse
from sandbox.run.service import shown
from sandbox.run.services import Services
from sandbox.run.template import named


class ServiceRoutes:
    """The handlers."""

    def __init__(self, paths: Paths, services: Services, instances: Instances, audit: Audit) -> None:
        self._paths = paths
        self._services = services
        self._instances = instances
        self._audit = audit

    def add(self, app: web.Application) -> None:
        router = app.router
        router.add_get(f"{PARENT}/services", self._list_services)
        router.add_post(f"{PARENT}/services", self._create_service)
        router.add_get(SERVICE, self._get_service)
        router.add_patch(SERVICE, self._patch_service)
        router.add_delete(SERVICE, self._delete_service)
        router.add_get(f"{SERVICE}/revisions", self._list_revisions)
        router.add_get(REVISION, self._get_revision)
        router.add_delete(REVISION, self._delete_revision)

    async def _list_services(self, request: web.Request) -> web.Response:
        parent = self._paths.parent(request)
        found = [shown(one) for one in self._services.documents.list(f"{parent}/services/")]
        return listed(request, "services", found)

    async def _create_service(self, request: web.Request) -> web.Response:
        parent = self._paths.parent(request)
        name = request.query.get("serviceId", "")
        check_name(name, 49, "Service name")
        body = named(await json_body(request))
        checked = is_true(request.query.get("validateOnly"))
        operation = self._services.create(f"{parent}/services/{name}", body, only_check=checked)
        if not checked:
            asked = {"parent": parent, "serviceId": name, "service": body}
            self._audit.note(request, "CreateService", f"{parent}/services/{name}", **asked)
        return answer(operation)

    async def _get_service(self, request: web.Request) -> web.Response:
        return answer(shown(self._services.get(self._paths.name(request, "services"))))

    async def _patch_service(self, request: web.Request) -> web.Response:
        name = self._paths.name(request, "services")
        body = named(await json_body(request))
        checked = is_true(request.query.get("validateOnly"))
        mask = request.query.get("updateMask", "")
        refuse(request, "allowMissing")
        operation = self._services.patch(name, body, mask, only_check=checked)
        if not checked:
            self._audit.note(request, "UpdateService", name, service=body, updateMask=mask)
        return answer(operation)

    async def _delete_service(self, request: web.Request) -> web.Response:
        refuse(request, "validateOnly")
        name = self._paths.name(request, "services")
        operation = self._services.delete(name)
        self._audit.note(request, "DeleteService", name, name=name)
        return answer(operation)

    async def _list_revisions(self, request: web.Request) -> web.Response:
        """Newest first, as the real one lists them."""
        name = self._paths.name(request, "services")
        found = [shown(one) for one in self._services.revisions.list(f"{name}/revisions/")]
        found.sort(key=lambda revision: str(revision["createTime"]), reverse=True)
        return listed(request, "revisions", found)

    async def _get_revision(self, request: web.Request) -> web.Response:
        return answer(shown(self._services.revision(self._paths.name(request, "services", "revisions"))))

    async def _delete_revision(self, request: web.Request) -> web.Response:
        name = self._paths.name(request, "services", "revisions")
        refuse(request, "validateOnly")
        operation = self._services.delete_revision(name)
        await self._instances.stop(short(name))
        return answer(operation)
