// A service as the TypeScript SDK's own examples write it: a transport for each session, express
// and the SDK's middleware before it.
//
// HOST, PORT; TOKEN: demanded as bearer where set; PAGE: tools a page; JSON=1: no event streams;
// ALLOWED: the one host name that it answers to.
import { randomUUID } from "node:crypto";
import { requireBearerAuth } from "@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js";
import { InvalidTokenError } from "@modelcontextprotocol/sdk/server/auth/errors.js";
import { createMcpExpressApp } from "@modelcontextprotocol/sdk/server/express.js";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import {
  CallToolRequestSchema,
  isInitializeRequest,
  ListToolsRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";

const { HOST = "127.0.0.1", PORT = "8000", TOKEN, PAGE, JSON: plain, ALLOWED } = process.env;

const tools = ["ping", "search", "explode"].map((name) => ({
  name,
  description: `Does ${name}.`,
  inputSchema: { type: "object", properties: { query: { type: "string" } }, required: ["query"] },
}));

function server() {
  const made = new Server({ name: "sample-mcp", version: "1" }, { capabilities: { tools: {} } });
  made.setRequestHandler(ListToolsRequestSchema, async ({ params }) => {
    const from = Number(params?.cursor ?? 0);
    const to = from + Number(PAGE ?? tools.length);
    const more = to < tools.length ? { nextCursor: String(to) } : {};
    return { tools: tools.slice(from, to), ...more };
  });
  made.setRequestHandler(CallToolRequestSchema, async ({ params }) => ({
    content: [{ type: "text", text: params.name }],
  }));
  return made;
}

const transports = new Map();
const app = createMcpExpressApp(ALLOWED ? { host: HOST, allowedHosts: [ALLOWED] } : { host: HOST });
app.get("/health", (_, answer) => answer.json({ status: "ok" }));
if (TOKEN) {
  const verifyAccessToken = async (token) => {
    if (token !== TOKEN) throw new InvalidTokenError("another token");
    return { token, clientId: "c", scopes: [], expiresAt: Date.now() / 1000 + 60 };
  };
  app.use("/mcp", requireBearerAuth({ verifier: { verifyAccessToken } }));
}

app.post("/mcp", async (request, answer) => {
  let transport = transports.get(request.headers["mcp-session-id"]);
  if (!transport && isInitializeRequest(request.body)) {
    transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      enableJsonResponse: plain === "1",
      onsessioninitialized: (id) => transports.set(id, transport),
    });
    transport.onclose = () => transports.delete(transport.sessionId);
    await server().connect(transport);
  }
  if (!transport) {
    const error = { code: -32000, message: "Bad Request: No valid session ID provided" };
    answer.status(400).json({ jsonrpc: "2.0", error, id: null });
    return;
  }
  await transport.handleRequest(request, answer, request.body);
});

const inSession = async (request, answer) => {
  const transport = transports.get(request.headers["mcp-session-id"]);
  if (!transport) {
    answer.status(400).send("Invalid or missing session ID");
    return;
  }
  await transport.handleRequest(request, answer);
};
app.get("/mcp", inSession);
app.delete("/mcp", inSession);

app.listen(Number(PORT), HOST);
