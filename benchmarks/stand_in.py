"""A courier that does nothing but wait: `python -m benchmarks.stand_in SECONDS` answers each call after so long.

Every number that it is asked to track is on its way, with the same six events each time. `/calls` tells how many
tracking calls there were, and how many at most at a time.

Headers and body leave in one write, so that no time is lost between two packets. It prints its address.
"""

import asyncio
import itertools
import json
import sys

_numbers = itertools.count(1)
_COLUMNS = {"groupingIndex": -1, "col1": "Date", "col2": "Waybill", "col3": "Senders Ref",
            "col4": "Tracking Description", "col5": "User"}  # fmt: skip
EVENTS = (
    ("24-11-2026 05:58", "Arrived into CPT depot"), ("23-11-2026 21:40", "Departed KIM depot for CPT branch"),
    ("23-11-2026 12:15", "Arrived into KIM depot"), ("22-11-2026 20:31", "Departed JNB depot for KIM branch"),
    ("22-11-2026 17:02", "Shipment handed to courier"), ("22-11-2026 09:40", "Shipment integrated to courier system"),
)  # fmt: skip
TRACK, CALLS = "/waybillquicktrackingv3customtreeview", "/calls"
_seen = {"calls": 0, "now": 0, "most": 0}


def _tracked(items: str) -> object:
    rows: list[dict[str, object]] = [_COLUMNS]
    for number in items.split(","):
        for place, (at, text) in enumerate(EVENTS):
            rows.append({"groupingIndex": 0, "id": number, "internalRef": number, "col1": at,
                         "col2": "" if place else number, "col3": "", "col4": text, "col5": "SYSTEM"})  # fmt: skip
    return {"items": rows}


def _answer(path: str, body: bytes) -> object:
    if path == CALLS:
        return _seen
    if path.endswith(TRACK):
        return _tracked(json.loads(body)["searchItems"])
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
            asked = await reader.readexactly(int(headers.get("content-length", "0")))
            if path.endswith("/submitwaybillv4"):
                await asyncio.sleep(seconds)
            body = json.dumps(_answer(path, asked)).encode()
            if path.endswith(TRACK):
                _seen["calls"] += 1
                _seen["now"] += 1
                _seen["most"] = max(_seen["most"], _seen["now"])
                await asyncio.sleep(seconds)
                _seen["now"] -= 1
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
