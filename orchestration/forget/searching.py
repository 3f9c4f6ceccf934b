"""The one search for somebody among bytes: rows, pages, and the files that people keep themselves.

A name is written in many ways: in another case, escaped for HTML, JSON or an address of the web, in an older
encoding, in a compressed file. Each is looked for.
"""

import contextlib
import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, quote_plus

from orchestration.machine.packed import DAMAGED, Compression, unpacked

_ENCODINGS = ("utf-8", "cp1252", "utf-16-le", "utf-16-be")
_CHUNK = 1 << 22
_BY_NAME: Mapping[str, Compression] = {".gz": "gzip", ".zst": "zstd"}
# What stands beside a word, or an id, and makes it another one.
_WORD, _ID = r"\w", r"[\w-]"


@dataclass(frozen=True)
class Search:
    """Who is looked for: texts (names, addresses, numbers) in any case, and ids as they are."""

    texts: tuple[str, ...]
    ids: tuple[str, ...] = ()

    def holds(self, path: Path) -> bool:
        """Whether a file holds one of them, unpacked where it is compressed."""
        if not self.texts and not self.ids:
            return False
        with path.open("rb") as handle:
            return self._among(_unpacked(handle, path))

    def replaced(self, text: str, known: dict[str, str]) -> str:
        """A page without them: each text and id as `known` says, in whatever way it is written."""
        for value, new in known.items():
            beside, flags = (_ID, re.NOFLAG) if value in self.ids else (_WORD, re.IGNORECASE)
            ways = sorted(map(re.escape, spellings(value)), key=len, reverse=True)
            pattern = rf"(?<!{beside})(?:{'|'.join(ways)})(?!{beside})"
            text = re.sub(pattern, new.replace("\\", r"\\"), text, flags=flags)
        return text

    def _among(self, chunks: Iterator[bytes]) -> bool:
        longest = max(map(len, (*self._texts, *self._ids)))
        rest = b""
        for chunk in chunks:
            looked = rest + chunk
            if self._holds_text(looked.lower()) or self._holds_id(looked):
                return True
            rest = looked[-longest - 1 :]
        return False

    def _holds_text(self, lowered: bytes) -> bool:
        # One word after the other: a pattern of them all takes twenty times as long.
        return any(word in lowered for word in self._texts)

    def _holds_id(self, looked: bytes) -> bool:
        return any(word in looked and pattern.search(looked) for word, pattern in self._ids.items())

    @cached_property
    def _texts(self) -> list[bytes]:
        """In small letters, without those that hold a shorter one.

        From both cases, because the bytes of a text know the case of 26 letters only.
        """
        cased = (one for text in self.texts for one in (text, text.lower(), text.upper(), text.title()))
        words: list[bytes] = []
        for word in sorted({word.lower() for one in cased for word in _as_bytes(one)}, key=len):
            if not any(shorter in word for shorter in words):
                words.append(word)
        return words

    @cached_property
    def _ids(self) -> dict[bytes, re.Pattern[bytes]]:
        words = {word for one in self.ids for word in _as_bytes(one)}
        return {word: re.compile(rb"(?<![\w-])" + re.escape(word) + rb"(?![\w-])") for word in words}


def spellings(text: str) -> set[str]:
    """The ways in which a text may be written into HTML, JSON or an address of the web, and as it is."""
    ways = {text}
    escaped = html.escape(text)
    ways |= {escaped, html.escape(text, quote=False), escaped.replace("&#x27;", "&#39;")}
    # As the pages of a run write both quotation marks.
    ways.add(escaped.replace("&#x27;", "&#39;").replace("&quot;", "&#34;"))
    ways |= {json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
    ways |= {quote(text), quote(text, safe=""), quote_plus(text)}
    # A line of CSV writes a quotation mark twice.
    ways.add(text.replace('"', '""'))
    return ways


def _as_bytes(text: str) -> set[bytes]:
    found = set()
    for way in spellings(text):
        for encoding in _ENCODINGS:
            # What an encoding can't write, no file in it holds.
            with contextlib.suppress(UnicodeEncodeError):
                found.add(way.encode(encoding))
    return found


def _unpacked(handle: BinaryIO, path: Path) -> Iterator[bytes]:
    """The bytes of a file; where it is compressed, what it unfolds to, and itself where it is not."""
    try:
        if compression := _BY_NAME.get(path.suffix):
            plain = unpacked(handle, compression)
            yield from iter(lambda: plain.read(_CHUNK), b"")
            return
    except (OSError, *DAMAGED):
        handle.seek(0)
    yield from iter(lambda: handle.read(_CHUNK), b"")
