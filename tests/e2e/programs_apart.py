#!/usr/bin/env python3
"""What is linked into the operator's program and into the sandbox's: by the symbols of both.

programs_apart.py WAVEGATE WAVEGATE-SANDBOX
"""

import subprocess
import sys

DOUBLES = "wavegate::sandbox::"
CLIENTS = [f"wavegate::{name}::Client::"
           for name in ("portainer", "keycloak", "openbao", "eunomia", "mcp", "grafana")]


def symbols(program):
    nm = subprocess.run(["nm", "--demangle", program], check=True, capture_output=True, text=True)
    return nm.stdout.splitlines()


def found(lines, name):
    return [line for line in lines if name in line]


def main():
    operator, sandbox = map(symbols, sys.argv[1:])
    wrong = []
    # What must be there proves that the search finds it.
    for has, lacks, name in [(sandbox, operator, DOUBLES)] + [(operator, sandbox, c) for c in CLIENTS]:
        if not found(has, name):
            wrong.append(f"{name} is in neither program: it has another name now")
        wrong += [f"in the wrong program: {line}" for line in found(lacks, name)[:5]]
    print("\n".join(wrong) or "the programs are apart")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
