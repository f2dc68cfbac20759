"""A service made with the Python SDK alone, whose FastMCP is not the FastMCP of the fleet.

HOST, PORT; TOKEN: demanded as bearer where set; PAGE: tools a page; JSON=1: no event streams;
ALLOWED: the one Host that it answers to.
"""

import os

from mcp import types
from mcp.server.auth.provider import AccessToken
from mcp.server.auth.settings import AuthSettings
from mcp.server.fastmcp import FastMCP
from mcp.server.transport_security import TransportSecuritySettings
from starlette.responses import JSONResponse

env = os.environ.get
host, port, token = env("HOST", "127.0.0.1"), int(env("PORT", "8000")), env("TOKEN")


class Verifier:
    async def verify_token(self, given):
        if given != token:
            return None
        return AccessToken(token=given, client_id="c", scopes=[])


auth = {}
if token:
    issuer = "http://keycloak.arpa"
    settings = AuthSettings(issuer_url=issuer, resource_server_url=f"http://{host}:{port}/mcp")
    auth = {"token_verifier": Verifier(), "auth": settings}
allowed = env("ALLOWED")
mcp = FastMCP(
    "sample-mcp",
    host=host,
    port=port,
    json_response=env("JSON") == "1",
    transport_security=TransportSecuritySettings(
        enable_dns_rebinding_protection=bool(allowed), allowed_hosts=[f"{allowed}:*"]
    ),
    **auth,
)


@mcp.tool()
def ping(query: str) -> str:
    return "ping"


@mcp.tool()
def search(query: str) -> str:
    return "search"


@mcp.tool()
def explode(query: str) -> str:
    raise ValueError("boom")


@mcp.custom_route("/health", methods=["GET"])
async def health(request):
    return JSONResponse({"status": "ok"})


if env("PAGE"):

    @mcp._mcp_server.list_tools()
    async def page(request: types.ListToolsRequest) -> types.ListToolsResult:
        every = await mcp.list_tools()
        first = int(request.params.cursor or 0) if request.params else 0
        last = first + int(env("PAGE"))
        return types.ListToolsResult(
            tools=every[first:last], nextCursor=str(last) if last < len(every) else None
        )


mcp.run(transport="streamable-http")
