"""The text of one line of a delivered file, as it stands in the extracts folder."""

import gzip
import io
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import zstandard

_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


def read_lines(path: Path, numbers: set[int]) -> dict[int, str]:
    """The named lines of a text file (from 1 on), decompressed and without their ends, in one pass.

    A file that is not there any more, or not readable, has none. A CSV record that goes over several lines
    gives its first one.
    """
    found: dict[int, str] = {}
    try:
        with _opened(path) as file:
            for number, line in enumerate(islice(file, max(numbers)), start=1):
                if number in numbers:
                    found[number] = line.rstrip("\r\n")
    except (OSError, EOFError, zstandard.ZstdError):
        return {}
    return found


@contextmanager
def _opened(path: Path) -> Iterator[io.TextIOBase]:
    with path.open("rb") as file:
        head = file.read(4)
        file.seek(0)
        unpacked: BinaryIO = file
        if head.startswith(_GZIP):
            unpacked = gzip.GzipFile(fileobj=file)  # type: ignore[assignment]
        elif head.startswith(_ZSTD):
            unpacked = zstandard.ZstdDecompressor().stream_reader(file)
        buffered = io.BufferedReader(unpacked)  # type: ignore[type-var]
        yield io.TextIOWrapper(buffered, _encoding(buffered.peek(4)), errors="replace", newline="\n")


def _encoding(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    return "utf-8-sig"
