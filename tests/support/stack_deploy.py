"""What `docker stack deploy` would make of compose files: the CLI talks to an engine that only
takes notes. stack_deploy.py CASES, a JSON list of {"files": [text, …], "env": {name: value}};
prints a list of {"services": {name: spec}} or {"refused": the CLI's words}. Prints "none" where
there is no CLI that reads YAML as today's does (from 26 on)."""

import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading


class Engine(http.server.BaseHTTPRequestHandler):
    """Answers as an empty Swarm; `made` keeps the services that it is asked for."""

    protocol_version = "HTTP/1.1"
    made = {}

    def log_message(self, *unused):
        pass

    def answer(self, body, status=200):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Api-Version", "1.41")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    def do_HEAD(self):
        self.answer({})

    def do_GET(self):
        swarm = {"LocalNodeState": "active", "ControlAvailable": True, "NodeID": "n"}
        self.answer({"Swarm": swarm} if self.path.endswith("/info") else [])

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "{}")
        if self.path.endswith("/services/create"):
            self.made[body["Name"].removeprefix("st_")] = body
        self.answer({"ID": "i"}, 201)


def deploy(case, folder, docker, port):
    Engine.made.clear()
    command = [docker, "stack", "deploy", "--detach=true", "--resolve-image", "never"]
    for number, text in enumerate(case["files"]):
        path = os.path.join(folder, f"{number}.yml")
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        command += ["-c", path]
    # Nothing of our own environment but what the CLI cannot do without.
    env = dict(case["env"], DOCKER_HOST=f"tcp://127.0.0.1:{port}", DOCKER_CONFIG=folder)
    done = subprocess.run(command + ["st"], env=env, capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        return {"refused": done.stderr.strip()}
    return {"services": dict(Engine.made)}


def usable(docker):
    if docker is None:
        return False
    said = subprocess.run([docker, "--version"], capture_output=True, text=True).stdout
    version = re.search(r"version (\d+)\.", said)
    return version is not None and int(version.group(1)) >= 26


def main():
    docker = shutil.which("docker")
    if not usable(docker):
        print("none")
        return
    with open(sys.argv[1], encoding="utf-8") as file:
        cases = json.load(file)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Engine)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps([deploy(case, folder, docker, server.server_port) for case in cases]))


main()
