"""The hand-written client that danmal is compared with: asyncio's streams, the same frames, the ptxid compared.

No journal, no recovery, no time-out: what it leaves out is the point.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from dataclasses import dataclass
from typing import Any


@dataclass
class Approval:
    """What a till needs of an approval."""

    approval_no: str
    issuer_name: str
    approval_amt: int


class Client:
    """A connection to a terminal."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take the streams."""
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, host: str, port: int) -> Client:
        """Connect."""
        return cls(*await asyncio.open_connection(host, port))

    async def pay(self, amount: int) -> Approval:
        """Take one approval: 010010, 0010, the answer, 980001, the read-back."""
        ptxid = f"CPOS-{uuid.uuid4()}"
        await self.send(
            "010010",
            {"priceAmt": amount, "taxAmt": 0, "tipAmt": 0, "taxFreeAmt": 0, "installment": 0, "ptxid": ptxid},
        )
        answer = await self.receive()
        while answer["resultCode"] == "0010":
            answer = await self.receive()
        self.check(answer, ptxid)
        await self.send("980001")
        if (await self.receive())["resultCode"] != "0000":
            message = "not confirmed"
            raise RuntimeError(message)
        await self.send("990001")
        answer = await self.receive()
        self.check(answer, ptxid)
        data = answer["data"]
        return Approval(data["approvalNo"], data["issuerName"], data["approvalAmt"])

    async def send(self, code: str, body: dict[str, Any] | None = None) -> None:
        """Send a request."""
        text = "" if body is None else json.dumps(body, separators=(",", ":"))
        self.writer.write(f"{len(text) + 6:04}{code}{text}".encode())
        await self.writer.drain()

    async def receive(self) -> dict[str, Any]:
        """Receive an answer."""
        header = await self.reader.readexactly(10)
        body = await self.reader.readexactly(int(header[:4]) - 6)
        answer: dict[str, Any] = json.loads(body)
        return answer

    @staticmethod
    def check(answer: dict[str, Any], ptxid: str) -> None:
        """See that it is approved, and ours."""
        if answer["resultCode"] != "0000" or answer["data"]["ptxid"] != ptxid:
            message = "not ours"
            raise RuntimeError(message)

    async def close(self) -> None:
        """Close the connection."""
        self.writer.close()
        await self.writer.wait_closed()
