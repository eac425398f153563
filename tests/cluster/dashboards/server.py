"""The pretended server's HTTP side: readiness, login, tenants, spaces, the routes that an import needs.

OpenSearch Dashboards: src/core/server/http/http_service.ts (not ready), http/lifecycle_handlers.ts (xsrf, name),
status/routes/status.ts, saved_objects/routes/import.ts and bulk_get.ts, src/plugins/workspace/server/ (paths, routes);
security-dashboards-plugin: server/auth/types/authentication_type.ts, server/multitenancy/tenant_resolver.ts,
server/routes/index.ts. Kibana: src/core/packages/status/server-internal/src/routes/status.ts,
src/core/packages/saved-objects/server-internal/src/routes/, x-pack/plugins/spaces/server/.
"""

from __future__ import annotations

import base64
import email
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import PurePath
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.cluster.dashboards.behaviour import Behaviour
from tests.cluster.dashboards.storage import RefusedError, Storage

_QUERY = {
    "opensearch-dashboards": {"overwrite", "createNewCopies", "dataSourceId", "workspaces", "dataSourceEnabled"},
    "kibana": {"overwrite", "createNewCopies", "compatibilityMode"},
}
_ERRORS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    413: "Request Entity Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Entity",
}
_NOBODY = "nobody"


class DashboardsServer(ThreadingHTTPServer):
    """`heard`: each request as method and path; `storages`: what each tenant holds, `''` being the global one."""

    daemon_threads = True

    def __init__(self, behaviour: Behaviour) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behaviour = behaviour
        self.heard: list[str] = []
        self.storages: dict[str, Storage] = {}
        self.not_ready = behaviour.not_ready

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}{self.behaviour.prefix}"

    def storage(self, tenant: str = "") -> Storage:
        if tenant not in self.storages:
            self.storages[tenant] = Storage(self.behaviour)
            for id, title in self.behaviour.data_sources.items():
                source = {"type": "data-source", "id": id, "attributes": {"title": title}, "references": []}
                self.storages[tenant].objects["data-source", id] = source
        return self.storages[tenant]

    def stored(self, tenant: str = "") -> dict[tuple[str, str], dict[str, Any]]:
        """The objects of a tenant but for its data sources."""
        return {key: one for key, one in self.storage(tenant).objects.items() if key[0] != "data-source"}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: DashboardsServer

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        self.server.heard.append(f"{self.command} {self.path}")
        if self.server.not_ready:
            self.server.not_ready -= 1
            name = "Kibana" if self.behaviour.is_kibana else "OpenSearch Dashboards"
            self._answer(503, f"{name} server is not ready yet".encode(), {"retry-after": "30"})
        elif self.behaviour.login_page:
            self._answer(302, b"", {"location": "https://login.example.net/auth?token=s3cret&next=/api/status"})
        else:
            try:
                self._json(200, self._route(body))
            except RefusedError as error:
                told = {"statusCode": error.status, "error": _ERRORS[error.status], "message": str(error)}
                self._json(error.status, told)

    do_GET = do_POST = _handle

    @property
    def behaviour(self) -> Behaviour:
        return self.server.behaviour

    def _route(self, body: bytes) -> dict[str, Any]:
        parts = urlsplit(self.path)
        path = parts.path
        if not path.startswith(f"{self.behaviour.prefix}/"):
            raise RefusedError(404, "Not Found")
        path, where = self._without_space(path.removeprefix(self.behaviour.prefix))
        user = self._user()
        if path == "/api/status" and self.command == "GET":
            return self._status(user)
        if user == _NOBODY:
            raise RefusedError(401, "Authentication required")
        tenant = self._tenant(user)
        xsrf = "kbn-xsrf" if self.behaviour.is_kibana else "osd-xsrf"
        if self.command == "POST" and xsrf not in self.headers:
            raise RefusedError(400, f"Request must contain the {xsrf} header.")
        match self.command, path:
            case "GET", "/api/v1/auth/authinfo" if self.behaviour.tenants is not None:
                return {"user_name": user, "user_requested_tenant": tenant or None, "tenants": self.behaviour.tenants}
            case "POST", "/api/saved_objects/_bulk_get":
                keys = [(entry["type"], entry["id"]) for entry in json.loads(body)]
                return {"saved_objects": [self.server.storage(tenant).read(key, where) for key in keys]}
            case "POST", "/api/saved_objects/_import":
                return self._import(body, parse_qs(parts.query), tenant, where)
        return self._space(path)

    def _without_space(self, path: str) -> tuple[str, str]:
        """A space need not exist to be written to. Without workspaces there is no such path."""
        match = re.match(r"/([sw])/([^/]+)(/.*)", path)
        if not match:
            return path, "default"
        if match[1] != ("s" if self.behaviour.is_kibana else "w") or not self.behaviour.spaces:
            raise RefusedError(404, "Not Found")
        return match[3], match[2]

    def _user(self) -> str:
        """Without users a server asks nobody."""
        kind, _, value = self.headers.get("authorization", "").partition(" ")
        if not self.behaviour.users and not self.behaviour.api_keys:
            return "anonymous"
        if kind == "ApiKey" and value in self.behaviour.api_keys:
            return "key"
        if kind == "Basic":
            name, _, password = base64.b64decode(value).decode().partition(":")
            if self.behaviour.users.get(name) == password:
                return name
        if kind:
            raise RefusedError(401, "Authentication Exception")
        return _NOBODY

    def _status(self, user: str) -> dict[str, Any]:
        if user != _NOBODY:
            return {"name": "pretended", "uuid": "0", "version": {"number": self.behaviour.version}, "status": {}}
        if not self.behaviour.is_kibana:
            raise RefusedError(401, "Authentication required")
        return {"status": {"overall": {"level": "available"}}}

    def _tenant(self, user: str) -> str:
        """A tenant that the user does not have is silently another one."""
        wanted, tenants = self.headers.get("securitytenant", ""), self.behaviour.tenants
        if tenants is None:
            return ""
        if wanted in tenants:
            return wanted
        return "__user__" if wanted in ("private", "__user__") and user in tenants else ""

    def _space(self, path: str) -> dict[str, Any]:
        match = re.fullmatch(r"/api/(spaces/space|workspaces)/([^/]+)", path)
        if not match or not self.behaviour.spaces or (match[1] == "workspaces") == self.behaviour.is_kibana:
            raise RefusedError(404, "Not Found")
        if match[2] in self.behaviour.guarded_spaces:
            raise RefusedError(403, f"Unauthorized to get {match[2]} space")
        if match[2] in self.behaviour.spaces:
            found = {"id": match[2], "name": match[2].title()}
            return found if self.behaviour.is_kibana else {"success": True, "result": found}
        if self.behaviour.is_kibana:
            raise RefusedError(404, "Not Found")
        return {"success": False, "error": f"Saved object [workspace/{match[2]}] not found"}

    def _import(self, body: bytes, query: dict[str, list[str]], tenant: str, where: str) -> dict[str, Any]:
        if len(body) > self.behaviour.max_payload:
            message = f"Payload content length greater than maximum allowed: {self.behaviour.max_payload}"
            raise RefusedError(413, message)
        unknown = sorted(query.keys() - _QUERY[self.behaviour.product])
        if unknown:
            raise RefusedError(400, f"[request query.{unknown[0]}]: definition for this key is missing")
        storage = self.server.storage(tenant)
        if (self.behaviour.tenants or {}).get(tenant, True) is False:
            raise RefusedError(403, "no permissions for [indices:data/write/bulk]")
        source = query.get("dataSourceId", [""])[0]
        if source and ("data-source", source) not in storage.objects:
            raise RefusedError(404, f"Saved object [data-source/{source}] not found")
        return storage.put_in(self._file(body), where, source, overwrite=query.get("overwrite") == ["true"])

    def _file(self, body: bytes) -> bytes:
        content_type = self.headers.get("content-type", "")
        if not content_type.startswith("multipart/form-data"):
            raise RefusedError(415, "Unsupported Media Type")
        form = email.message_from_bytes(f"content-type: {content_type}\r\n\r\n".encode() + body)
        (part,) = form.get_payload()
        assert isinstance(part, email.message.Message)
        if part.get_param("name", header="content-disposition") != "file":
            raise RefusedError(400, "[request body.file]: expected value of type [Stream] but got [undefined]")
        extension = PurePath(part.get_filename() or "").suffix
        if extension != ".ndjson":
            raise RefusedError(400, f"Invalid file extension {extension}")
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        return content

    def _json(self, status: int, said: dict[str, Any]) -> None:
        self._answer(status, json.dumps(said).encode(), {"content-type": "application/json; charset=utf-8"})

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        if self.behaviour.names_itself and status != 503:
            headers["kbn-name" if self.behaviour.is_kibana else "osd-name"] = "pretended"
        for name, value in (headers | {"content-length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def serving(behaviour: Behaviour) -> Iterator[DashboardsServer]:
    with DashboardsServer(behaviour) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()
