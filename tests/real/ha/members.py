"""Three members of a real etcd, each on a machine of its own, and who watches the store's lease."""

import asyncio
import base64
import contextlib
import ctypes
import json
import os
import signal
import subprocess
import time

ETCD = "/usr/bin/etcd"
CLIENT, PEER = 2379, 2380


def end_with_parent():
    """However that one ends."""
    prctl_set_death_signal = 1
    ctypes.CDLL("libc.so.6").prctl(prctl_set_death_signal, signal.SIGKILL)


class Process:
    """A program on one of the machines. Its log lines, each with the time at which it came."""

    def __init__(self, places, place, argv, env, folder):
        self.place = place
        self.argv = places.command(place, argv)
        self.env = env
        self.folder = folder
        self.child = None
        self.lines = []
        self.follower = None

    async def start(self):
        self.child = await asyncio.create_subprocess_exec(
            *self.argv,
            env=self.env,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            limit=1 << 20,
            preexec_fn=end_with_parent,
        )
        self.follower = asyncio.create_task(self._follow(self.child.stdout))

    async def _follow(self, pipe):
        while line := await pipe.readline():
            self.lines.append((time.monotonic(), line.decode(errors="replace").rstrip()))

    @property
    def runs(self):
        return self.child is not None and self.child.returncode is None

    def send(self, number):
        if self.runs:
            self.child.send_signal(number)

    async def end(self, number=signal.SIGKILL, within=10):
        """Whether it ended in time; by force if not."""
        if not self.runs:
            return True
        self.send(number)
        self.send(signal.SIGCONT)
        try:
            await asyncio.wait_for(self.child.wait(), within)
            return True
        except asyncio.TimeoutError:
            self.child.kill()
            await self.child.wait()
            return False


class Members:
    NAMES = ("etcd1", "etcd2", "etcd3")

    def __init__(self, places, folder):
        self.places = places
        peers = ",".join(f"{name}=http://{places.address[name]}:{PEER}" for name in self.NAMES)
        self.all = {}
        for name in self.NAMES:
            address = places.address[name]
            argv = [
                ETCD,
                f"--name={name}",
                f"--data-dir={folder}/{name}",
                f"--listen-client-urls=http://{address}:{CLIENT}",
                f"--advertise-client-urls=http://{address}:{CLIENT}",
                f"--listen-peer-urls=http://{address}:{PEER}",
                f"--initial-advertise-peer-urls=http://{address}:{PEER}",
                f"--initial-cluster={peers}",
            ]
            self.all[name] = Process(places, name, argv, {"PATH": "/usr/bin:/bin"}, folder)

    @property
    def urls(self):
        return ",".join(f"http://{self.places.address[name]}:{CLIENT}" for name in self.NAMES)

    async def start(self):
        for member in self.all.values():
            await member.start()
        for _ in range(300):
            if await self.leader():
                return
            await asyncio.sleep(0.1)
        raise RuntimeError("etcd does not come up:\n" + self.all["etcd1"].lines[-1][1])

    async def ask(self, name, path, body, within=1.0):
        """The answer's document; nothing where there was none."""
        with contextlib.suppress(OSError, ValueError, asyncio.TimeoutError, asyncio.IncompleteReadError):
            return await asyncio.wait_for(self._ask(name, path, body), within)
        return None

    async def _ask(self, name, path, body):
        reader, writer = await self._post(name, path, body, "close")
        try:
            text = await reader.read()
            return json.loads(text.split(b"\r\n\r\n", 1)[1])
        finally:
            writer.close()

    async def _post(self, name, path, body, connection):
        sock = self.places.socket()
        try:
            await asyncio.get_running_loop().sock_connect(sock, (self.places.address[name], CLIENT))
            reader, writer = await asyncio.open_connection(sock=sock)
        except BaseException:
            sock.close()
            raise
        text = json.dumps(body)
        writer.write(
            f"POST {path} HTTP/1.0\r\nHost: {name}\r\nConnection: {connection}\r\n"
            f"Content-Length: {len(text)}\r\n\r\n{text}".encode()
        )
        return reader, writer

    async def leader(self):
        """The member that the others follow."""
        for name in self.NAMES:
            said = await self.ask(name, "/v3/maintenance/status", {})
            if not said or not said.get("leader") or said["leader"] == "0":
                continue
            for other in self.NAMES:
                it = await self.ask(other, "/v3/maintenance/status", {})
                if it and it["header"]["member_id"] == said["leader"] == it.get("leader"):
                    return other
        return None


class LeaseWatch:
    """When the store's lease was taken, and ended, as the first of the members tells it."""

    def __init__(self, members, key):
        self.members = members
        self.key = key
        self.seen = {}  # revision of the change -> (time, holder, empty: nobody)
        self.tasks = []

    def start(self):
        self.tasks = [asyncio.create_task(self._follow(name)) for name in self.members.NAMES]

    async def stop(self):
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    @property
    def changes(self):
        return [self.seen[revision] for revision in sorted(self.seen)]

    def holder_at(self, when):
        """The last that took it, and may have lost it since without anybody's knowing."""
        holder = ""
        for at, name in self.changes:
            if at > when:
                break
            holder = name
        return holder

    async def _follow(self, name):
        while True:
            with contextlib.suppress(OSError, ValueError, asyncio.TimeoutError, asyncio.IncompleteReadError):
                await self._one_stream(name)
            await asyncio.sleep(0.2)

    async def _one_stream(self, name):
        first = max(self.seen, default=0) + 1
        create = {"key": base64.b64encode(self.key.encode()).decode(), "start_revision": str(first)}
        reader, writer = await asyncio.wait_for(
            self.members._post(name, "/v3/watch", {"create_request": create}, "keep-alive"), 1
        )
        try:
            while line := await asyncio.wait_for(reader.readline(), 30):
                if line.startswith(b'{"result"'):
                    self._note(json.loads(line)["result"])
        finally:
            writer.close()

    def _note(self, result):
        now = time.monotonic()
        for event in result.get("events", []):
            kv = event["kv"]
            holder = ""
            if event.get("type") != "DELETE":
                holder = json.loads(base64.b64decode(kv["value"]))["name"]
            self.seen.setdefault(int(kv["mod_revision"]), (now, holder))


def is_installed():
    return os.access(ETCD, os.X_OK)
