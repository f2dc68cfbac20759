"""What befalls three operators and their etcd, one kind a function. Each gives the gap: seconds
without a writer, and whether what was promised of it holds."""

import asyncio
import signal
import time

KILLED, BOTH, STOPPED = 12.0, 15.0, 1.0
FRESH = 60  # seconds that anything may take that nobody promised


class Failed(Exception):
    pass


class Trouble:
    def __init__(self, fleet, members, random):
        self.fleet = fleet
        self.members = members
        self.places = fleet.places
        self.random = random
        self.owner = fleet.owner()
        self.takes = len(fleet.takes)

    @property
    def operator(self):
        return self.fleet.operators[self.owner]

    async def next_take(self, within=FRESH):
        """When the lock changed hands."""
        if not await self.fleet.until(lambda: len(self.fleet.takes) > self.takes, within):
            raise Failed("nobody took over")
        return self.fleet.takes[self.takes][0]

    async def gap_after(self, began, most):
        gap = await self.next_take() - began
        if gap > most:
            raise Failed(f"{gap:.1f} s without a writer: {most:.0f} are promised")
        return gap

    async def stopped_before(self, began):
        """Who was cut off had ended before the other began; by how much."""
        took = await self.next_take()
        lost = self.operator.said("the lease was lost", began)
        if lost is None or lost >= took:
            raise Failed(f"it had not stopped when the other began: {lost} and {took}")
        return took - lost

    async def kill(self):
        began = time.monotonic()
        await self.operator.process.end()
        return await self.gap_after(began, KILLED)

    async def stop(self):
        began = time.monotonic()
        ended = asyncio.create_task(self.operator.process.end(signal.SIGTERM))
        try:
            return await self.gap_after(began, STOPPED)
        finally:
            if not await ended:
                raise Failed("it does not stop")

    async def pause(self):
        began = time.monotonic()
        self.operator.process.send(signal.SIGSTOP)
        try:
            gap = await self.gap_after(began, KILLED)
            await asyncio.sleep(self.random.uniform(0, 5))
        finally:
            self.operator.process.send(signal.SIGCONT)
        await asyncio.sleep(2)
        return gap

    async def cut(self):
        return await self._cut([self.owner], KILLED)

    async def cut_both(self):
        return await self._cut([self.owner, await self.members.leader()], BOTH)

    async def _cut(self, places, most):
        began = time.monotonic()
        for place in places:
            self.places.cut(place)
        try:
            gap = await self.gap_after(began, most)
            self.between = await self.stopped_before(began)
            await asyncio.sleep(self.random.uniform(0, 5))
        finally:
            for place in places:
                self.places.heal(place)
        await asyncio.sleep(2)
        return gap

    async def kill_both(self):
        member = self.members.all[await self.members.leader()]
        began = time.monotonic()
        self.operator.process.send(signal.SIGKILL)
        await member.end()
        return await self.gap_after(began, BOTH)

    async def cut_etcd(self):
        """The operator goes on, or another does."""
        leader = await self.members.leader()
        began = time.monotonic()
        self.places.cut(leader)
        try:
            await asyncio.sleep(self.random.uniform(1, 4))
            while not (acting := await self.fleet.acting()) and time.monotonic() < began + FRESH:
                await asyncio.sleep(0.05)
            gap = time.monotonic() - began
            if gap > BOTH:
                raise Failed(f"{gap:.1f} s without a writer")
            await asyncio.sleep(self.random.uniform(1, 4))
            return 0.0 if acting == [self.owner] else gap
        finally:
            self.places.heal(leader)
            await asyncio.sleep(6)  # what hung on it has ended

    async def quorum(self):
        """Nobody acts without it, and soon somebody does when it is back."""
        lost = self.random.sample(self.members.NAMES, 2)
        began = time.monotonic()
        for member in lost:
            self.places.cut(member)
        await asyncio.sleep(self.random.uniform(12, 16))
        back = time.monotonic()
        late = [write for write in self.fleet.writes if began + 10 < write.at < back]
        for member in lost:
            self.places.heal(member)
        if late:
            raise Failed(f"{len(late)} writes without a quorum")
        return await self.gap_after(back, BOTH)

    async def lock_deleted(self):
        """Whoever acts makes it again, and nobody else takes it."""
        self.fleet.delete_lock()
        if not await self.fleet.until(lambda: self.fleet.lock_is_there(), 12):
            raise Failed("the lock was not made again")
        await asyncio.sleep(1)
        if self.fleet.owner() != self.owner:
            raise Failed("another took the lock")
        return 0.0

    async def leaderless(self):
        """Nothing can be written meanwhile; it is gone on with when the Swarm has a leader again."""
        return await self._leaderless(4, 10)

    async def leaderless_long(self):
        """Longer than the lock is held without a renewal."""
        return await self._leaderless(31, 38)

    async def _leaderless(self, least, most):
        self.fleet.front.leaderless = True
        try:
            await asyncio.sleep(self.random.uniform(least, most))
        finally:
            self.fleet.front.leaderless = False
        back = time.monotonic()
        if not await self.fleet.until(lambda: self.fleet.renewed_since(back), BOTH):
            raise Failed("nobody renews the lock")
        return 0.0


LOSSES = ("kill", "stop", "pause", "cut", "cut_both", "kill_both", "quorum")
LESSER = ("lock_deleted", "cut_etcd", "leaderless", "leaderless_long")
# Each kind once: what CI runs.
EACH_ONCE = (
    ("lock_deleted", "kill"),
    ("cut_etcd", "stop"),
    ("leaderless", "pause"),
    ("cut",),
    ("cut_both", "kill_both"),
    ("quorum",),
)
WORDS = {
    "kill": "operator killed",
    "stop": "operator stopped",
    "pause": "operator paused, and resumed",
    "cut": "operator cut off",
    "cut_both": "operator and etcd's leader cut off",
    "kill_both": "operator and etcd's leader killed",
    "quorum": "etcd's quorum lost: from its return on",
    "lock_deleted": "lock deleted by hand",
    "cut_etcd": "etcd's leader cut off",
    "leaderless": "Swarm without a leader",
    "leaderless_long": "Swarm without a leader for 31 s to 38 s",
}
PROMISED = {
    "kill": KILLED,
    "stop": STOPPED,
    "pause": KILLED,
    "cut": KILLED,
    "cut_both": BOTH,
    "kill_both": BOTH,
    "quorum": BOTH,
    "cut_etcd": BOTH,
}
