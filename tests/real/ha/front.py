"""What stands before the World: an HTTP proxy in the hub, by which all that an operator wants of the
fleet comes. It keeps the World's log: which machine's request landed when, and with what answer."""

import asyncio
import json
import socket
import time
from urllib.parse import urlsplit

from places import HUB

PORT = 3128
NO_LEADER = b'{"message":"rpc error: code = Unknown desc = The swarm does not have a leader."}'


class Request:
    def __init__(self, source, method, url, body):
        self.source = source
        self.method = method
        self.url = url
        self.body = body
        self.at = 0.0
        self.status = 0

    @property
    def path(self):
        return urlsplit(self.url).path

    @property
    def system(self):
        return urlsplit(self.url).netloc.split(".", 1)[0]

    @property
    def is_lock(self):
        return "/docker/configs/" in self.path and self.method == "POST"

    @property
    def is_write(self):
        """Something of the fleet is another after it."""
        if self.method in ("GET", "HEAD", "LIST") or self.is_lock:
            return False
        places = {
            "portainer": "/api/",
            "keycloak": "/admin/",
            "openbao": "/v1/kv/",
            "eunomia": "/admin/",
            "grafana": "/api/",
        }
        return self.system in places and self.path.startswith(places[self.system])

    @property
    def labels(self):
        try:
            return json.loads(self.body).get("Labels") or {}
        except ValueError:
            return {}


async def read_head(reader):
    """The first line and the fields, or nothing at the connection's end."""
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    fields = [line.split(":", 1) for line in lines[1:] if line]
    return lines[0], [(name.strip(), value.strip()) for name, value in fields]


def field(fields, wanted):
    return next((value for name, value in fields if name.lower() == wanted), "")


async def relay_chunks(reader, writer):
    """A chunked body as it comes, framing and all."""
    size = -1
    while size != 0:
        line = await reader.readline()
        size = int(line.split(b";")[0], 16)
        writer.write(line + await reader.readexactly(size + 2))
        await writer.drain()


class Front:
    def __init__(self, places, world_port):
        self.places = places
        self.world_port = world_port
        self.log = []
        self.leaderless = False
        self.landed = asyncio.Event()
        self.server = None
        self.served = set()  # the event loop itself would let go of them

    async def start(self):
        sock = self.places.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((HUB, PORT))
        self.server = await asyncio.start_server(self._serve, sock=sock)

    async def stop(self):
        if self.server:
            self.server.close()
        for task in self.served:
            task.cancel()
        await asyncio.gather(*self.served, return_exceptions=True)

    def _source(self, writer):
        address = writer.get_extra_info("peername")[0]
        return next((name for name, its in self.places.address.items() if its == address), address)

    async def _serve(self, reader, writer):
        upstream = None
        task = asyncio.current_task()
        self.served.add(task)
        task.add_done_callback(self.served.discard)
        try:
            upstream = await asyncio.open_connection("127.0.0.1", self.world_port)
            source = self._source(writer)
            while await self._one(source, reader, writer, upstream):
                pass
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ValueError, OSError):
            pass
        finally:
            for one in [writer] + ([upstream[1]] if upstream else []):
                one.close()

    async def _one(self, source, reader, writer, upstream):
        line, fields = await read_head(reader)
        method, url, _ = line.split(" ", 2)
        if field(fields, "expect"):
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = await reader.readexactly(int(field(fields, "content-length") or 0))
        request = Request(source, method, url, body)
        request.at = time.monotonic()
        self.log.append(request)
        if self._has_no_leader(request):
            request.status = 500
            writer.write(
                b"HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\n"
                b"Content-Length: %d\r\n\r\n" % len(NO_LEADER) + NO_LEADER
            )
            await writer.drain()
            return True
        split = urlsplit(url)
        target = (split.path or "/") + ("?" + split.query if split.query else "")
        kept = [
            f"{name}: {value}"
            for name, value in fields
            if name.lower() not in ("expect", "proxy-connection", "connection")
        ]
        head = "\r\n".join([f"{method} {target} HTTP/1.1", *kept, "", ""])
        upstream[1].write(head.encode("latin-1") + body)
        await upstream[1].drain()
        return await self._answer(request, writer, upstream[0])

    def _has_no_leader(self, request):
        of_swarm = "/docker/" in request.path or (request.method != "GET" and "/stacks/" in request.path)
        return self.leaderless and request.system == "portainer" and of_swarm

    async def _answer(self, request, writer, upstream):
        line, fields = await read_head(upstream)
        request.status = int(line.split(" ")[1])
        self.landed.set()
        head = "\r\n".join([line, *(f"{name}: {value}" for name, value in fields), "", ""])
        writer.write(head.encode("latin-1"))
        if request.status == 204 or request.method == "HEAD":
            pass
        elif "chunked" in field(fields, "transfer-encoding").lower():
            await relay_chunks(upstream, writer)
        elif field(fields, "content-length"):
            writer.write(await upstream.readexactly(int(field(fields, "content-length"))))
        else:
            while piece := await upstream.read(65536):
                writer.write(piece)
                await writer.drain()
            return False
        await writer.drain()
        return field(fields, "connection").lower() != "close"
