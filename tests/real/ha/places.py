"""Machines of a test's own: network namespaces on one bridge, each of which can be cut off."""

import ctypes
import os
import socket
import subprocess

NETWORK = "10.77.0"
HUB = f"{NETWORK}.1"

_libc = ctypes.CDLL("libc.so.6", use_errno=True)


def ip(*words):
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


def can_be_made():
    """Why no namespace can be made here; empty: one can."""
    name = f"wavegate-try-{os.getpid()}"
    try:
        ip("netns", "add", name)
        try:
            ip("-n", name, "link", "add", "br0", "type", "bridge")
        finally:
            ip("netns", "del", name)
    except FileNotFoundError:
        return "ip is not installed (iproute2)"
    except subprocess.CalledProcessError as error:
        return error.stderr.strip() or str(error)
    return ""


class Within:
    """What is made inside it, a socket say, belongs to that namespace for ever."""

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        self.own = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        there = os.open(f"/run/netns/{self.name}", os.O_RDONLY)
        self._enter(there)
        os.close(there)

    def __exit__(self, *_):
        self._enter(self.own)
        os.close(self.own)

    @staticmethod
    def _enter(descriptor):
        if _libc.setns(descriptor, 0) != 0:
            raise OSError(ctypes.get_errno(), "setns")


class Places:
    """The hub with its bridge, and a namespace for each name, of the address NETWORK.(10 + n)."""

    def __init__(self, names):
        self.prefix = f"wavegate-{os.getpid()}-"
        self.hub = self.prefix + "hub"
        self.address = {name: f"{NETWORK}.{10 + n}" for n, name in enumerate(names)}
        self.made = []

    def make(self):
        self._add(self.hub)
        # An address of its own: else it has a port's, and another one when that is cut off.
        ip("-n", self.hub, "link", "add", "br0", "address", "02:77:00:00:00:01", "type", "bridge")
        ip("-n", self.hub, "addr", "add", f"{HUB}/24", "dev", "br0")
        ip("-n", self.hub, "link", "set", "br0", "up")
        for name, address in self.address.items():
            place = self.prefix + name
            self._add(place)
            ip("link", "add", name, "netns", self.hub, "type", "veth", "peer", "name", "eth0", "netns", place)
            ip("-n", self.hub, "link", "set", name, "master", "br0", "up")
            ip("-n", place, "addr", "add", f"{address}/24", "dev", "eth0")
            ip("-n", place, "link", "set", "eth0", "up")

    def _add(self, namespace):
        ip("netns", "add", namespace)
        self.made.append(namespace)
        ip("-n", namespace, "link", "set", "lo", "up")

    def cut(self, name):
        """Whatever is sent, either way, is lost: nobody is told."""
        ip("-n", self.hub, "link", "set", name, "nomaster")

    def heal(self, name):
        ip("-n", self.hub, "link", "set", name, "master", "br0")

    def command(self, name, argv):
        return ["ip", "netns", "exec", self.prefix + name, *argv]

    def socket(self, name=None):
        """Of a place, or of the hub; it neither blocks nor is connected."""
        with Within(self.prefix + name if name else self.hub):
            made = socket.socket()
        made.setblocking(False)
        return made

    def remove(self):
        for namespace in reversed(self.made):
            subprocess.run(["ip", "netns", "del", namespace], check=False, capture_output=True)
