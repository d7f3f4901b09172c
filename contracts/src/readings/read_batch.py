"""Reads a readings.v1 record from standard input and prints it as JSON.

Written from docs/formats/readings-v1.md alone, with nothing but Python's standard library, so that the document is
known to say enough.
"""

import json
import struct
import sys


def column(data, at, code, rows):
    """`rows` little-endian numbers from `at`, and the place of the next column: a multiple of 8."""
    size = struct.calcsize("<" + code)
    end = at + rows * size
    return list(struct.unpack_from("<%d%s" % (rows, code), data, at)), (end + 7) // 8 * 8


def read(data):
    magic, version, flags, rows, count_bytes = struct.unpack_from("<4sHHII", data, 0)
    assert magic == b"QRB1" and version == 1, "not a readings batch of version 1"
    base_measured, base_received = struct.unpack_from("<dd", data, 16)
    lo, at = column(data, 32, "I", rows)
    hi, at = column(data, at, "I", rows)
    value, at = column(data, at, "d", rows)
    measured, at = column(data, at, "d" if flags & 1 else "i", rows)
    received, at = column(data, at, "d" if flags & 2 else "H", rows)
    quality, at = column(data, at, "B", rows)
    assert at + count_bytes == len(data), "the record has another length"
    return {
        "series": ["%08x%08x" % (h, l) for l, h in zip(lo, hi)],
        "measuredAt": measured if flags & 1 else [base_measured + m for m in measured],
        "receivedAt": received if flags & 2 else [base_received + r for r in received],
        "value": value,
        "quality": quality,
        "counts": json.loads(data[at:].decode("utf-8")) if count_bytes else [],
    }


if __name__ == "__main__":
    json.dump(read(sys.stdin.buffer.read()), sys.stdout)
