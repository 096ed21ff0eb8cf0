"""Sockets by websockets: `sockets.py COMMAND URL`.

`echo` sends messages of all kinds and sizes and has them come back, `refused` prints the status of an answer that opens no
socket, `drained` waits until it is told to go and prints the code.
"""

import asyncio
import sys

import websockets
from websockets.asyncio.client import connect


async def echo(url):
    messages = ["", "hello", "ä" * 50_000, b"", bytes(range(256)) * 256, b"\0" * 1_000_000]
    for compression in ("deflate", None):
        async with connect(url, compression=compression, subprotocols=["chat.v2", "chat.v1"]) as socket:
            assert socket.subprotocol == "chat.v1", socket.subprotocol
            for message in messages:
                await socket.send(message)
                assert await socket.recv() == message, len(message)
            await socket.send(["in", "", " fragments"])
            assert await socket.recv() == "in fragments"
            await (await socket.ping("there?"))
        assert socket.close_code == 1000, socket.close_code


async def refused(url):
    try:
        async with connect(url, origin="https://other.example"):
            print("opened")
    except websockets.InvalidStatus as error:
        print(error.response.status_code)


async def drained(url):
    async with connect(url) as socket:
        await socket.send("hello")
        await socket.recv()
        await socket.wait_closed()
    print(socket.close_code)


command, url = sys.argv[1:]
asyncio.run({"echo": echo, "refused": refused, "drained": drained}[command](url))
