"""The text of one line of a delivered file, as it stands in the extracts folder."""

import codecs
import io
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from orchestration.machine.packed import DAMAGED, compression_of, unpacked

_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_lines(path: Path, numbers: set[int]) -> dict[int, str]:
    """The named lines of a text file (from 1 on), decompressed and without their ends, in one pass.

    A file that is not there any more, or not readable, has none. A CSV record that goes over several lines
    gives its first one. What is not UTF-8 is read as the code page of Western Windows.
    """
    found: dict[int, str] = {}
    try:
        with path.open("rb") as file:
            compression = compression_of(file.read(4))
            file.seek(0)
            plain = io.BufferedReader(unpacked(file, compression))  # type: ignore[type-var]
            lines: Iterable[bytes | str] = plain
            if plain.peek(2).startswith(_WIDE):
                lines = io.TextIOWrapper(plain, "utf-16", errors="replace", newline="\n")
            for number, line in enumerate(islice(lines, max(numbers)), start=1):
                if number in numbers:
                    found[number] = (line if isinstance(line, str) else _text(line)).rstrip("\r\n")
    except (OSError, *DAMAGED):
        return {}
    return found


def _text(line: bytes) -> str:
    try:
        return line.decode("utf-8-sig")
    except UnicodeDecodeError:
        return line.decode("cp1252", errors="replace")
