"""A courier that does nothing but wait: `python -m benchmarks.stand_in SECONDS` answers each booking after so long.

Headers and body leave in one write, so that no time is lost between two packets. It prints its address.
"""

import asyncio
import itertools
import json
import sys

_numbers = itertools.count(1)


def _answer(path: str) -> object:
    if path.endswith("/submitwaybillv4"):
        money = {"baseRateTotal": "150.00", "surchargesTotal": "50.00", "subTotal": "200.00", "vat": "30.00"}
        return {"items": [{"waybillNumber": f"ACP{next(_numbers):08}", **money, "totalCharges": "230.00"}]}
    return {"items": []}


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            lines = head.decode("latin-1").split("\r\n")
            path = lines[0].split()[1]
            headers = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
            await reader.readexactly(int(headers.get("content-length", "0")))
            if path.endswith("/submitwaybillv4"):
                await asyncio.sleep(seconds)
            body = json.dumps(_answer(path)).encode()
            kind = "Content-Type: application/json\r\n"
            writer.write(f"HTTP/1.1 200 OK\r\n{kind}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main(seconds: float) -> None:
    server = await asyncio.start_server(lambda reader, writer: _serve(reader, writer, seconds), "127.0.0.1", 0)
    print(f"listening on http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1])))
