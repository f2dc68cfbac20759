#!/usr/bin/env python3
"""Three operators and three members of a real etcd, in the middle of a rollout, round after round:
killed, stopped, paused, cut off, without a quorum, without a lock, without a leader of the Swarm.
The World's log says who wrote when.

    rounds.py WAVEGATE [RESULTS]

WAVEGATE_ROUNDS      how many (6: each kind once; more: at random)
WAVEGATE_FIRST_SEED  what chance begins with (the commit's)
"""

import asyncio
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

import members as etcd
import places
import troubles
from fleet import Fleet


def commit():
    said = subprocess.run(
        ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short=7", "HEAD"],
        capture_output=True,
        text=True,
        check=False,
    )
    return int(said.stdout or "1", 16)


def chosen(rounds, chance):
    """The troubles of each round."""
    plan = list(troubles.EACH_ONCE[:rounds])
    while len(plan) < rounds:
        before = (chance.choice(troubles.LESSER),) if chance.random() < 0.3 else ()
        plan.append((*before, chance.choice(troubles.LOSSES)))
    return plan


def wrong_writes(fleet):
    """Of the World's log: writes beside the lock's holder, and by who had no lease then."""
    double, unleased = [], []
    takes = fleet.takes
    for write in fleet.writes:
        held = [take for take in takes if take[0] <= write.at]
        what = f"{write.source}: {write.method} {write.path} {write.status}"
        if not held or held[-1][1] != write.source:
            double.append(f"{what}, while {held[-1][1:] if held else 'nobody'} had the lock")
        elif fleet.watch.holder_at(write.at) != held[-1][2]:
            unleased.append(f"{what}, while {fleet.watch.holder_at(write.at) or 'nobody'} had the lease")
    return double, unleased


class Run:
    def __init__(self, program, rounds, seed, folder):
        self.program = program
        self.chance = random.Random(seed)
        self.plan = chosen(rounds, self.chance)
        self.folder = folder
        self.places = places.Places([*Fleet.NAMES, *etcd.Members.NAMES])
        self.members = None
        self.fleet = None
        self.fleets = 0
        self.gaps = {}
        self.between = []
        self.failures = []
        self.writes = 0
        self.takes = 0
        self.double = []
        self.unleased = []

    async def run(self):
        # Who ends it in time finds nothing left of it.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asyncio.current_task().cancel)
        self.places.make()
        self.members = etcd.Members(self.places, self.folder)
        try:
            await self.members.start()
            for number, kinds in enumerate(self.plan, 1):
                await self.one_round(number, kinds)
            await self.judge()
        finally:
            if self.fleet:
                await self.fleet.stop()
            for member in self.members.all.values():
                await member.end()
            self.places.remove()

    async def one_round(self, number, kinds):
        for kind in kinds:
            await self.in_the_middle()
            await asyncio.sleep(self.chance.uniform(0, 2))
            trouble = troubles.Trouble(self.fleet, self.members, self.chance)
            began = time.monotonic()
            try:
                gap = await getattr(trouble, kind)()
                self.gaps.setdefault(kind, []).append(gap)
                said = f"{gap:.2f} s without a writer"
                if hasattr(trouble, "between"):
                    self.between.append(trouble.between)
                    said += f"; {trouble.between:.2f} s between the two"
            except troubles.Failed as failed:
                said = f"FAILED: {failed}"
                self.failures.append(f"round {number}, {troubles.WORDS[kind]}: {failed}")
                self.tell_logs()
            took = time.monotonic() - began
            print(f"round {number}: {troubles.WORDS[kind]}: {said} ({took:.0f} s)", flush=True)
            await self.mend()

    async def in_the_middle(self):
        """Of a rollout: the old one's, or a new fleet's."""
        if self.fleet and await self.fleet.is_over():
            await self.judge()
        if self.fleet is None:
            self.fleets += 1
            self.fleet = Fleet(self.places, self.members, self.program, self.folder, self.fleets)
            await self.fleet.start()
            if not await self.fleet.until(lambda: any(self.flips()), 60):
                self.tell_logs()
                raise RuntimeError("no rollout begins")

    def flips(self):
        return (write for write in self.fleet.writes if "/stacks/" in write.path and write.status == 200)

    async def mend(self):
        """All run again and have looked around, and one acts."""
        for member in self.members.all.values():
            if not member.runs:
                await member.start()
        for operator in self.fleet.operators.values():
            if not operator.process.runs:
                await operator.start()
        end = time.monotonic() + 40
        while time.monotonic() < end:
            acting = await self.fleet.acting()
            up = [(await each.status()).get("standing") for each in self.fleet.operators.values()]
            if len(acting) == 1 and all(up) and acting[0] == self.fleet.owner() and await self.members.leader():
                return
            await asyncio.sleep(0.2)
        self.failures.append(f"it does not come to rest: {acting} act")
        self.tell_logs()

    async def judge(self):
        await asyncio.sleep(0.3)  # what the watches have to tell
        double, unleased = wrong_writes(self.fleet)
        self.double += double
        self.unleased += unleased
        self.writes += len(self.fleet.writes)
        self.takes += len(self.fleet.takes)
        await self.fleet.stop()
        self.fleet = None

    def tell_logs(self):
        for name, operator in self.fleet.operators.items():
            for at, line in operator.process.lines[-25:]:
                print(f"  {name} {at:.2f} {line}")
        for name, member in self.members.all.items():
            for at, line in member.lines[-8:]:
                print(f"  {name} {at:.2f} {line}")
        for take in self.fleet.takes:
            print(f"  lock {take}")
        for change in self.fleet.watch.changes:
            print(f"  lease {change}")

    def tell(self):
        print(f"{'':40}    n    min median    max promised")
        for kind, gaps in self.gaps.items():
            promised = f"{troubles.PROMISED[kind]:5.0f} s" if kind in troubles.PROMISED else ""
            print(
                f"{troubles.WORDS[kind]:40} {len(gaps):4} {min(gaps):6.2f} {statistics.median(gaps):6.2f}"
                f" {max(gaps):6.2f} {promised}"
            )
        if self.between:
            print(
                f"who was cut off had stopped {min(self.between):.2f} to {max(self.between):.2f} s"
                " before the next began"
            )
        for wrong in self.double + self.unleased + self.failures:
            print(f"WRONG: {wrong}")
        print(
            f"{len(self.plan)} rounds, {self.fleets} fleets, {self.takes} changes of hands,"
            f" {self.writes} writes: {len(self.double)} double writes,"
            f" {len(self.unleased)} writes by one without lease"
        )


def reason_to_skip():
    if not etcd.is_installed():
        return "etcd-server is not installed"
    return places.can_be_made()


def main():
    program = os.path.abspath(sys.argv[1])
    results = Path(sys.argv[2]) if len(sys.argv) > 2 else None

    def count(*numbers):
        if results:
            results.mkdir(parents=True, exist_ok=True)
            (results / "rounds.count").write_text(" ".join(map(str, numbers)) + "\n")

    if why := reason_to_skip():
        demanded = bool(os.environ.get("CI") or os.environ.get("WAVEGATE_SCOPE"))
        print(f"ha: {'FAILED' if demanded else 'SKIPPED, NOTHING WAS CHECKED'}: {why}")
        count(*((0, 1) if demanded else (0, 0, 1)))
        return 1 if demanded else 0
    rounds = int(os.environ.get("WAVEGATE_ROUNDS") or len(troubles.EACH_ONCE))
    seed = int(os.environ.get("WAVEGATE_FIRST_SEED") or commit())
    print(f"ha: {rounds} rounds, seed {seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="wavegate-ha-") as folder:
        run = Run(program, rounds, seed, folder)
        try:
            asyncio.run(run.run())
        except (Exception, asyncio.CancelledError, KeyboardInterrupt):
            traceback.print_exc()
            run.failures.append("it broke off")
    run.tell()
    wrong = len(run.failures) + len(run.double) + len(run.unleased)
    count(max(0, rounds - wrong), wrong)
    return 1 if wrong or not run.writes else 0


if __name__ == "__main__":
    sys.exit(main())
