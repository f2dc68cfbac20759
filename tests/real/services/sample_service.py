"""A plain FastMCP service, with the env of the fleet's own services (AUTH_TYPE and so on).

Beside it: NAME, JSON_RESPONSE=1 (plain JSON instead of event streams), and PRINCIPAL=jwt: the
policy server is asked about the verified token's client, whatever the headers say, as the fleet's
library does since its 1.27.1 (which no registry serves).
"""

import os

from fastmcp import Context, FastMCP
from fastmcp.exceptions import ToolError
from starlette.responses import JSONResponse, PlainTextResponse

env = os.environ.get
name = env("NAME", "sample-mcp")


def verifier():
    if env("AUTH_TYPE", "none") != "jwt":
        return None
    from fastmcp.server.auth.providers.jwt import JWTVerifier

    return JWTVerifier(
        jwks_uri=env("FASTMCP_SERVER_AUTH_JWT_JWKS_URI"),
        issuer=env("FASTMCP_SERVER_AUTH_JWT_ISSUER"),
        audience=env("FASTMCP_SERVER_AUTH_JWT_AUDIENCE"),
    )


mcp = FastMCP(name, auth=verifier())


@mcp.tool(annotations={"readOnlyHint": True, "title": "Ping"})
def ping() -> str:
    "Answers pong."
    return "pong"


@mcp.tool(annotations={"readOnlyHint": True})
def search(query: str, limit: int = 5) -> dict:
    "Search."
    return {"query": query, "hits": list(range(limit))}


@mcp.tool(annotations={"destructiveHint": True})
def explode(kind: str = "tool") -> str:
    "Fails: kind=tool -> ToolError, kind=value -> ValueError."
    if kind == "tool":
        raise ToolError("upstream API answered 503")
    raise ValueError("boom")


@mcp.custom_route("/health", methods=["GET"])
async def health(request):
    return JSONResponse({"status": "ok", "server": name})


@mcp.custom_route("/metrics", methods=["GET"])
async def metrics(request):
    return PlainTextResponse("# no series\n", media_type="text/plain; version=0.0.4")


if env("LONG_TOOL") == "1":

    @mcp.tool
    async def long(ctx: Context) -> str:
        "Says much before it answers."
        await ctx.info("starting")
        await ctx.report_progress(1, 2)
        await ctx.report_progress(2, 2)
        return "done"


def principal_of_token():
    from eunomia_core.schemas import PrincipalCheck
    from fastmcp.server.dependencies import get_access_token

    token = get_access_token()
    claims = token.claims if token else {}
    client = claims.get("client_id") or claims.get("azp") or "unknown"
    return PrincipalCheck(
        uri=f"agent:{client}",
        attributes={"agent_id": client, "user_id": claims.get("sub", "unknown"), "jwt_verified": True},
    )


if env("EUNOMIA_TYPE", "none") == "remote":
    from eunomia_mcp import create_eunomia_middleware
    from fastmcp.utilities.components import FastMCPComponent

    if not hasattr(FastMCPComponent, "enabled"):
        FastMCPComponent.enabled = True  # eunomia-mcp 0.3.10 reads it; fastmcp >= 3 dropped it
    middleware = create_eunomia_middleware(
        use_remote_eunomia=True, eunomia_endpoint=env("EUNOMIA_REMOTE_URL")
    )
    if env("PRINCIPAL") == "jwt":
        middleware._extract_principal = principal_of_token
    mcp.add_middleware(middleware)

mcp.run(
    show_banner=False,
    transport="http",
    host=env("HOST", "127.0.0.1"),
    port=int(env("PORT", "8000")),
    json_response=env("JSON_RESPONSE") == "1" or None,
)
