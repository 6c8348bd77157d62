"""Malformed TDS sessions against the stand-in.

Follows MS-TDS 2.2.6.5 "PRELOGIN" and 2.2.6.4 "LOGIN7".
"""

from __future__ import annotations

import contextlib
import random
import socket
import struct
import threading

from tests.soak.model import Context, Row

SQL_BATCH, RPC, TRANSACTION, LOGIN7, PRELOGIN = 0x01, 0x03, 0x0E, 0x10, 0x12
NOT_SUPPORTED = 2  # encryption
THREADS = 4
LONGEST_WAIT = 10.0  # seconds for an answer
SHORTEST_WAIT = 0.1  # for the answer to a message that may not be whole
HALF_OPEN = 0.05  # of the sessions wait so
GROWTH = 16_384  # KB of the server: its caches fill
MORE_DESCRIPTORS = 16
HEADER = struct.Struct(">BBHHBB")
NAMES = ("soak", "{user}", "{password}", "soak", "localhost", "", "ODBC", "", "master")


def sessions(context: Context) -> Row:
    """Send broken preludes, logins and requests: the server goes on, as large as it was."""
    row = Row()
    before = context.servers.call("state")
    turns, lock = context.turns(), threading.Lock()
    stages = [0] * len(STAGES)

    def run() -> None:
        while True:
            with lock:
                number = next(turns, None)
            if number is None:
                return
            stage = number % len(STAGES)
            _session(context, random.Random(number), stage)
            with lock:
                row.done += 1
                stages[stage] += 1
                if number % 500 == 0 and not _is_alive(context):
                    row.fail("the server does not answer")

    threads = [threading.Thread(target=run) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    after = context.servers.call("state")
    row.facts = {f"server's {name}": f"{before[name]} to {after[name]}" for name in GROWING}
    for name, allowed in GROWING.items():
        if after[name] > before[name] + allowed:
            row.leak(f"the server's {name} grew from {before[name]} to {after[name]}")
    return row


GROWING = {"resident": GROWTH, "descriptors": MORE_DESCRIPTORS}


def _session(context: Context, chance: random.Random, stage: int) -> None:
    """Send the valid messages before the stage, then the stage's message, damaged."""
    with contextlib.suppress(OSError), _connected(context) as sock:
        for kind, body in _messages(context)[:stage]:
            sock.sendall(_packet(kind, body))
            sock.recv(4096)
        kind, body = STAGES[stage](context)
        sock.sendall(_harmed(_packet(kind, body), chance))
        if chance.random() < HALF_OPEN:
            sock.settimeout(SHORTEST_WAIT)
        else:
            sock.shutdown(socket.SHUT_WR)
        sock.recv(4096)


def _is_alive(context: Context) -> bool:
    with contextlib.suppress(OSError), _connected(context) as sock:
        for kind, body in (*_messages(context), _batch(context)):
            sock.sendall(_packet(kind, body))
            answer = sock.recv(65536)
        return answer[:1] == b"\x04"
    return False


def _connected(context: Context) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", context.servers.facts["port"]))
    sock.settimeout(LONGEST_WAIT)
    return sock


def _messages(context: Context) -> list[tuple[int, bytes]]:
    return [_prelogin(context), _login(context)]


def _prelogin(context: Context) -> tuple[int, bytes]:
    version, encryption = struct.pack(">IH", 0x12000000, 0), bytes([NOT_SUPPORTED])
    options = struct.pack(">BHHBHHB", 0, 11, len(version), 1, 17, 1, 0xFF)
    return PRELOGIN, options + version + encryption


def _login(context: Context) -> tuple[int, bytes]:
    texts = [name.format(**context.servers.facts).encode("utf-16-le") for name in NAMES]
    texts[2] = bytes(((byte << 4 & 0xF0) | byte >> 4) ^ 0xA5 for byte in texts[2])
    offset, pairs = 94, b""
    for text in texts:
        pairs += struct.pack("<HH", offset, len(text) // 2)
        offset += len(text)
    tail = b"\0" * 6 + struct.pack("<HHHHHHI", offset, 0, offset, 0, offset, 0, 0)
    fixed = struct.pack("<IIIIIBBBBiI", 0x74000004, 4096, 7, 1, 0, 0xE0, 3, 0, 0, 0, 0x0409)
    body = fixed + pairs + tail + b"".join(texts)
    return LOGIN7, struct.pack("<I", len(body) + 4) + body


def _batch(context: Context) -> tuple[int, bytes]:
    return SQL_BATCH, _headers() + "SELECT name FROM sys.objects".encode("utf-16-le")


def _rpc(context: Context) -> tuple[int, bytes]:
    text = "SELECT @p".encode("utf-16-le")
    collation = bytes.fromhex("0904d00034")

    def parameter(value: bytes) -> bytes:
        kind = b"\xe7" + struct.pack("<H", 8000) + collation
        return b"\0\0" + kind + struct.pack("<H", len(value)) + value

    declared = parameter("@p int".encode("utf-16-le"))
    integer = b"\2" + "@p".encode("utf-16-le") + b"\0\x26\4\4\7\0\0\0"
    return RPC, _headers() + b"\xff\xff\x0a\0\0\0" + parameter(text) + declared + integer


def _transaction(context: Context) -> tuple[int, bytes]:
    return TRANSACTION, _headers() + struct.pack("<HBB", 5, 2, 0)


STAGES = (_prelogin, _login, _batch, _rpc, _transaction)


def _headers() -> bytes:
    return struct.pack("<IIHQI", 22, 18, 2, 0, 1)


def _packet(kind: int, body: bytes) -> bytes:
    return HEADER.pack(kind, 1, len(body) + HEADER.size, 0, 1, 0) + body


def _harmed(packet: bytes, chance: random.Random) -> bytes:
    data = bytearray(packet)
    manner = chance.randrange(5)
    if manner == 0:
        del data[chance.randrange(len(data)) :]
    elif manner == 1:
        for _ in range(chance.randint(1, 8)):
            data[chance.randrange(len(data))] = chance.randrange(256)
    elif manner == 2:
        start = chance.randrange(len(data))
        data[start:start] = chance.randbytes(chance.randint(1, 300))
    elif manner == 3:
        data = bytearray(chance.randbytes(chance.randint(1, 600)))
    else:
        start = chance.randrange(HEADER.size, len(data))
        data[start : start + 4] = struct.pack(
            "<I", chance.choice((0, 1, 0xFFFF, 0x7FFFFFFF, 2**32 - 1))
        )
    return bytes(data)
