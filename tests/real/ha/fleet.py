"""A sandbox in the middle of a rollout, and three operators of it, each on a machine of its own."""

import asyncio
import contextlib
import json
import re
import shutil
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

from front import PORT, Front
from members import LeaseWatch, Process, end_with_parent
from places import HUB, NETWORK

SERVICES = 60
LOCK = "wavegate-sandbox-lock"
LISTEN = 8080


def registry():
    lines = [
        "version: 1",
        "defaults: { transport: streamable-http, host: 0.0.0.0, container_port: 8000,"
        " image_registry: docker.io/knucklessg1 }",
        "services:",
    ]
    for n in range(SERVICES):
        name = f"s{n:02}-mcp"
        lines.append(
            f"  - {{ name: {name}, package: {name}, console_script: {name},"
            f' image: "knucklessg1/{name}:latest", container_port: 8000, host_port: {8200 + n},'
            " profiles: [ enterprise ] }"
        )
    return "\n".join(lines) + "\n"


class Operator:
    def __init__(self, places, name, program, env, folder):
        self.places = places
        self.name = name
        self.process = Process(places, name, [program, "run"], env, folder)

    async def start(self):
        await self.process.start()

    async def status(self):
        with contextlib.suppress(OSError, ValueError, IndexError, asyncio.TimeoutError):
            return json.loads(await asyncio.wait_for(self._get("/status"), 1))
        return {}

    async def _get(self, path):
        sock = self.places.socket(self.name)
        try:
            await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", LISTEN))
            reader, writer = await asyncio.open_connection(sock=sock)
        except BaseException:
            sock.close()
            raise
        try:
            writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            return (await reader.read()).split(b"\r\n\r\n", 1)[1]
        finally:
            writer.close()

    def said(self, words, since):
        """When it first said so in its log."""
        return next((at for at, line in self.process.lines if at >= since and words in line), None)


class Fleet:
    """One sandbox, and what is kept of it: a rollout, as long as it goes on."""

    NAMES = ("op1", "op2", "op3")

    def __init__(self, places, members, program, folder, number):
        self.places = places
        self.members = members
        self.program = program
        self.folder = Path(folder) / f"fleet{number}"
        self.prefix = f"fleet{number}/"
        self.sandbox = None
        self.front = None
        self.watch = None
        self.operators = {}

    async def start(self):
        self.folder.mkdir()
        (self.folder / "registry.yml").write_text(registry())
        await self._start_sandbox()
        self._make_repository()
        self.watch = LeaseWatch(self.members, self.prefix + "lease")
        self.watch.start()
        self.front = Front(self.places, self.port)
        await self.front.start()
        for name in self.NAMES:
            self.operators[name] = Operator(
                self.places, name, self.program, self._environment(), str(self.folder)
            )
            await self.operators[name].start()

    async def _start_sandbox(self):
        words = "sandbox --port 0 --speed 5 --auth none --soak 1s --token-life 1s --short-soak".split()
        self.sandbox = await asyncio.create_subprocess_exec(
            self.program,
            *words,
            "--registry",
            str(self.folder / "registry.yml"),
            "--write-desired",
            str(self.folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            preexec_fn=end_with_parent,
        )
        first = await asyncio.wait_for(self.sandbox.stdout.readline(), 60)
        self.port = int(re.search(rb":(\d+)", first).group(1))

    def _make_repository(self):
        desired = self.folder / "desired"
        services = desired / "services.yaml"
        git = ["git", "-C", str(desired), "-c", "user.name=ha", "-c", "user.email=ha@localhost"]

        def run(*words):
            subprocess.run([*git, *words], check=True, capture_output=True)

        run("init", "-q", "-b", "main")
        run("add", "-A")
        run("commit", "-q", "-m", "take the fleet as it is")
        services.write_text(services.read_text().replace("auth: none", "auth: jwt"))
        run("commit", "-qam", "turn the fleet to jwt")

    def _environment(self):
        env = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8"}
        for line in (self.folder / "sandbox.env").read_text().splitlines():
            if "=" in line and not line.startswith("#"):
                name, value = line.split("=", 1)
                env[name] = value
        env |= {
            "WAVEGATE_CONFIG": str(self.folder / "operator.yaml"),
            "WAVEGATE_SOURCE_GIT_URL": f"file://{self.folder}/desired",
            "WAVEGATE_SOURCE_GIT_INTERVAL": "5s",
            "WAVEGATE_LISTEN": f"127.0.0.1:{LISTEN}",
            "WAVEGATE_STORE_ETCD_URLS": self.members.urls,
            "WAVEGATE_STORE_ETCD_PREFIX": self.prefix,
            "WAVEGATE_PROXY_URL": f"http://{HUB}:{PORT}",
            "WAVEGATE_PROXY_NO_PROXY": f"{NETWORK}.0/24",
        }
        self.portainer_key = env["SANDBOX_PORTAINER"]
        return env

    async def stop(self):
        for operator in self.operators.values():
            await operator.process.end()
        if self.watch:
            await self.watch.stop()
        if self.front:
            await self.front.stop()
        if self.sandbox:
            self.sandbox.send_signal(signal.SIGTERM)
            await self.sandbox.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    # The World's log.

    @property
    def takes(self):
        """The lock's changes of hands: (when, machine, holder, term)."""
        found = []
        for request in self._claims():
            labels = request.labels
            if labels.get("holder") and (not found or found[-1][3] != labels["term"]):
                found.append((request.at, request.source, labels["holder"], labels["term"]))
        return found

    def _claims(self):
        return (each for each in self.front.log if each.is_lock and each.status in (200, 201))

    def lock_is_there(self):
        """Made again since it was deleted."""
        return any(each.at > self.deleted and each.status == 201 for each in self._claims())

    def renewed_since(self, when):
        return any(each.at > when for each in self._claims())

    @property
    def writes(self):
        return [request for request in self.front.log if request.is_write]

    def owner(self):
        """The machine whose operator has the lock."""
        takes = self.takes
        return takes[-1][1] if takes else None

    def delete_lock(self):
        """By hand, beside all operators."""
        self.deleted = time.monotonic()
        path = f"/api/endpoints/1/docker/configs/{LOCK}"
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            method="DELETE",
            headers={"Host": f"portainer.localhost:{self.port}", "X-API-Key": self.portainer_key},
        )
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status == 204

    async def until(self, so, within):
        """Whether it became so; `so` may be asked many times."""
        end = time.monotonic() + within
        while time.monotonic() < end:
            if so():
                return True
            await asyncio.sleep(0.02)
        return so()

    async def acting(self):
        """The machines whose operators say that they act."""
        found = []
        for name, operator in self.operators.items():
            if (await operator.status()).get("leader", {}).get("acts"):
                found.append(name)
        return found

    async def is_over(self):
        """Is there nothing left to be written?"""
        states = [(await operator.status()).get("standing") for operator in self.operators.values()]
        return "Converged" in states or "Halted" in states or "Awaited" in states
