"""A proxy on loopback between two parties of one run, which breaks connections: at once, or after half of what was sent."""

import asyncio
import random
import socket
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass, field

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: what is not sent is thrown away, the other side hears of a reset
CHUNK = 1 << 16
WATCHED = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1), (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 10),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5), (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 2),
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 20_000),
)  # fmt: skip


@dataclass
class Break:
    """What happens to one connection: `half` lets half of the next piece through before."""

    half: bool = False


@dataclass
class Proxy:
    """Listens on a free port and passes on to `target`; `cut` breaks a connection that is open."""

    target: tuple[str, int]
    port: int = 0
    cuts: int = 0
    open: dict[asyncio.Task[None], Break | None] = field(default_factory=dict)

    def __enter__(self) -> "Proxy":
        self.loop = asyncio.new_event_loop()
        ready = threading.Event()
        self.thread = threading.Thread(target=self.run, args=(ready,), daemon=True)
        self.thread.start()
        assert ready.wait(10)
        return self

    def __exit__(self, *error: object) -> None:
        self.loop.call_soon_threadsafe(self.stop)
        self.thread.join(10)

    def run(self, ready: threading.Event) -> None:
        """The loop of this proxy, in a thread of its own."""
        asyncio.set_event_loop(self.loop)
        self.server = self.loop.run_until_complete(asyncio.start_server(self.serve, "127.0.0.1", self.port, limit=CHUNK))
        self.port = self.server.sockets[0].getsockname()[1]
        ready.set()
        self.loop.run_forever()
        self.loop.run_until_complete(asyncio.gather(*self.open, return_exceptions=True))
        self.loop.close()

    def stop(self) -> None:
        """Close everything."""
        self.server.close()
        for task in self.open:
            task.cancel()
        self.loop.stop()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection: both ways until one ends or it is broken."""
        me = asyncio.current_task()
        assert me
        self.open[me] = None
        there: asyncio.StreamWriter | None = None
        try:
            back, there = await asyncio.open_connection(*self.target, limit=CHUNK)
            watch(there.get_extra_info("socket"))
            ways = [asyncio.ensure_future(self.carry(me, reader, there)), asyncio.ensure_future(self.carry(me, back, writer))]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            broken = self.open.pop(me) is not None
            for end in (writer, there) if there else (writer,):
                hang_up(end, broken)

    async def carry(self, me: "asyncio.Task[None]", reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One way of a connection."""
        while piece := await reader.read(CHUNK):
            half = self.open.get(me)
            writer.write(piece[: len(piece) // 2] if half else piece)
            await writer.drain()
            if half:
                return

    def cut(self, dice: random.Random, *, half: bool) -> bool:
        """Break one open connection, now or in the middle of what it sends next; whether there was one."""
        done = threading.Event()
        found: list[bool] = []

        def breaking() -> None:
            tasks = [task for task, broken in self.open.items() if broken is None]
            if tasks:
                victim = dice.choice(tasks)
                self.open[victim] = Break(half)
                if not half:
                    victim.cancel()
                self.cuts += 1
            found.append(bool(tasks))
            done.set()

        self.loop.call_soon_threadsafe(breaking)
        return done.wait(5) and found[0]


def watch(end: socket.socket) -> None:
    """Notice soon that the other host is gone without a word, as the programme itself does."""
    for level, name, value in WATCHED:
        end.setsockopt(level, name, value)


def hang_up(end: asyncio.StreamWriter, broken: bool) -> None:
    """Close one end; of a broken connection without a farewell."""
    sock = end.get_extra_info("socket")
    if broken and sock is not None:
        with suppress(OSError):  # the other side was quicker
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    transport = end.transport
    transport.abort() if broken else transport.close()
