"""Measure danmal against the hand-written client, in turns, on prepared answers.

python measure.py one ADDRESS ADDRESS    a payment: danmal's and the client's terminal
python measure.py many ADDRESS COUNT     so many terminals at once
python measure.py import                 what importing costs, beside pyserial
"""

from __future__ import annotations

import asyncio
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable

from client import Client

import danmal

ROUNDS = 15
PAYMENTS = 300
MANY_ROUNDS = 9


def place(address: str) -> tuple[str, int]:
    """Take an address apart."""
    host, port = address.rsplit(":", 1)
    return host, int(port)


def cpu() -> float:
    """Tell the CPU time of this process, seconds."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def one(ours: str, theirs: str) -> dict[str, float]:
    """Measure one payment after the other."""
    with tempfile.TemporaryDirectory() as folder:
        terminal = danmal.Terminal(f"tcp://{ours}?simulated=true", in_memory=True, folder=folder)
        client = await Client.connect(*place(theirs))

        async def danmal_pays() -> None:
            outcome = await terminal.approve(15_000)
            if not isinstance(outcome, danmal.Approved):
                raise TypeError(outcome)

        async def client_pays() -> None:
            await client.pay(15_000)

        async def a_round(pay: Callable[[], Awaitable[None]]) -> tuple[float, float]:
            times: list[float] = []
            before = cpu()
            for _ in range(PAYMENTS):
                start = time.perf_counter()
                await pay()
                times.append((time.perf_counter() - start) * 1e6)
            return statistics.median(times), (cpu() - before) / PAYMENTS * 1e6

        await a_round(danmal_pays)
        await a_round(client_pays)
        rounds = [(await a_round(danmal_pays), await a_round(client_pays)) for _ in range(ROUNDS)]
        await client.close()
        await terminal.close()
    return {
        "danmal_us": statistics.median(a[0] for a, _ in rounds),
        "asyncio_us": statistics.median(b[0] for _, b in rounds),
        "danmal_cpu_us": statistics.median(a[1] for a, _ in rounds),
        "asyncio_cpu_us": statistics.median(b[1] for _, b in rounds),
        "ratio": statistics.median(a[0] / b[0] for a, b in rounds),
    }


async def many(address: str, count: int) -> dict[str, float]:
    """Measure many terminals that pay at once."""
    _, port = place(address)
    hosts = [f"127.1.{number // 250}.{1 + number % 250}" for number in range(count)]
    with tempfile.TemporaryDirectory() as folder:
        terminals = [
            danmal.Terminal(f"tcp://{host}:{port}?simulated=true", in_memory=True, folder=folder) for host in hosts
        ]
        clients = [await Client.connect(host, port) for host in hosts]
        await asyncio.gather(*(terminal.last_transaction() for terminal in terminals))

        async def danmal_pays() -> None:
            payments = [terminal.approve(15_000) for terminal in terminals]
            outcomes = await asyncio.gather(*(payment.outcome() for payment in payments))
            if not all(isinstance(outcome, danmal.Approved) for outcome in outcomes):
                raise TypeError(outcomes)

        async def clients_pay() -> None:
            await asyncio.gather(*(client.pay(15_000) for client in clients))

        async def a_round(pay: Callable[[], Awaitable[None]]) -> float:
            start = time.perf_counter()
            await pay()
            return (time.perf_counter() - start) / count * 1e6

        await a_round(danmal_pays)
        await a_round(clients_pay)
        rounds = [(await a_round(danmal_pays), await a_round(clients_pay)) for _ in range(MANY_ROUNDS)]
        await asyncio.gather(*(client.close() for client in clients), *(terminal.close() for terminal in terminals))
    return {
        "danmal_us": statistics.median(a for a, _ in rounds),
        "asyncio_us": statistics.median(b for _, b in rounds),
        "ratio": statistics.median(a / b for a, b in rounds),
    }


IMPORT = """
import resource, sys, time
def resident():
    with open("/proc/self/statm") as pages:
        return int(pages.read().split()[1]) * resource.getpagesize() // 1024
before, start = resident(), time.perf_counter()
__import__(sys.argv[1])
took = (time.perf_counter() - start) * 1e3
print(took, resident() - before)
"""


def imports() -> dict[str, float]:
    """Measure what importing costs."""
    found: dict[str, float] = {}
    for name in ("danmal", "serial"):
        runs: list[list[float]] = []
        for _ in range(7):
            done = subprocess.run([sys.executable, "-c", IMPORT, name], capture_output=True, text=True, check=True)
            runs.append([float(word) for word in done.stdout.split()])
        found[f"{name}_ms"] = statistics.median(run[0] for run in runs)
        found[f"{name}_kib"] = statistics.median(run[1] for run in runs)
    return found


def main() -> None:
    """Measure what is asked for, and print it as JSON."""
    what, *rest = sys.argv[1:]
    if what == "one":
        print(json.dumps(asyncio.run(one(*rest))))
    elif what == "many":
        print(json.dumps(asyncio.run(many(rest[0], int(rest[1])))))
    else:
        print(json.dumps(imports()))


if __name__ == "__main__":
    main()
