"""The bytes of a file, checked before anything is parsed: size, hash, compression, encoding, NULs, lines.

One streaming pass. What DuckDB can't read as it is (compressed, not UTF-8) is written beside as plain UTF-8.
"""

import codecs
import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from orchestration.landing.findings import FileRefused, Finding
from orchestration.landing.language import Format
from orchestration.machine.packed import DAMAGED, Compression, compression_of, unpacked

CHUNK = 1 << 20
_SETTLE_SECONDS = 0.2
_WAIT_SECONDS = 10.0
_WIDE_SPACES = (b"\xc2\xa0", b"\xe1\x9a\x80", b"\xe2\x80", b"\xe2\x81\x9f", b"\xe3\x80\x80")
_ARCHIVES = {
    b"PK\x03\x04": "a zip archive or an .xlsx workbook: unpack it, or save the sheet as CSV",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook: save the sheet as CSV",
    b"7z\xbc\xaf": "a 7z archive: unpack it",
    b"BZh": "a bzip2 file: unpack it, or use gzip or zstd",
}


@dataclass
class _Counts:
    """What is counted while the text streams by."""

    newlines: int = 0
    returns: int = 0
    pairs: int = 0
    quotes: int = 0
    delimiters: int = 0
    last: bytes = b"\n"
    only_space: bool = True
    padded: bool = False

    def add(self, chunk: bytes, quote: bytes, delimiter: bytes) -> None:
        self.newlines += chunk.count(b"\n")
        if b"\r" in chunk:
            self.returns += chunk.count(b"\r")
            self.pairs += chunk.count(b"\r\n")
        if self.last == b"\r" and chunk[:1] == b"\n":
            self.pairs += 1
        if quote:
            self.quotes += chunk.count(quote)
        if delimiter:
            self.delimiters += chunk.count(delimiter)
        if self.only_space and chunk.strip():
            self.only_space = False
        if not self.padded:
            # Without quote and delimiter it is JSON, where a string ends at its own quotes.
            edges = delimiter + quote + b"\r\n" if delimiter else b'"'
            self.padded = _padded(self.last + chunk, edges, escapes=not delimiter)
        self.last = chunk[-1:]


@dataclass(frozen=True)
class Stamp:
    """What tells that a file is still the same one: nobody writes or replaces it and keeps all three."""

    size: int
    modified: int
    changed: int


@dataclass(frozen=True)
class Inspected:
    """A file whose bytes are sound. `text` is what to parse: the file itself or its plain UTF-8 copy."""

    path: Path
    text: Path
    stamp: Stamp
    uniform_lines: bool
    has_quotes: bool
    lines: int
    delimiters: int
    padded: bool
    line_end: str
    """As the reader's option names it; meant only where the lines are uniform."""
    findings: tuple[Finding, ...] = field(default=())


def stamp(path: Path) -> Stamp:
    """The stamp of a file as it is now."""
    found = path.stat()
    return Stamp(found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def wait_until_written(path: Path) -> None:
    """Wait, at most ten seconds, for a file that is still growing. Raises FileRefused (F10)."""
    deadline = time.monotonic() + _WAIT_SECONDS
    before = path.stat()
    while 0 <= time.time() - before.st_mtime < _SETTLE_SECONDS or before.st_size != path.stat().st_size:
        if time.monotonic() > deadline:
            raise FileRefused(still_written(path))
        time.sleep(_SETTLE_SECONDS / 2)
        before = path.stat()


def still_written(path: Path) -> Finding:
    """The finding for a file that changed while it was read."""
    return Finding(
        "F10",
        f"{path.name} changed while it was read: another program is still writing it. "
        "Let it write under another name and rename at the end, then run again.",
    )


def unchanged(inspected: Inspected) -> bool:
    """Whether the file is still as it was when it was inspected."""
    try:
        return stamp(inspected.path) == inspected.stamp
    except OSError:
        return False


def inspect(path: Path, layout: Format, scratch: Path, max_unfolded: int) -> Inspected:
    """Check the bytes of a file against its declared format. Copies go to `scratch`. Raises FileRefused."""
    before = stamp(path)
    if before.size == 0:
        raise FileRefused(Finding("F01", f"{path.name} is empty (0 bytes). Export it again."))
    with path.open("rb") as file:
        head = file.read(8192)
    _refuse_other_kinds(path, head, layout)
    if layout.type == "parquet":
        return Inspected(path, path, before, True, False, 0, 0, True, "")
    compression, findings = _compression(path, head, layout)
    counts, copied, bom = _stream(path, layout, compression, scratch, max_unfolded)
    if counts.only_space:
        raise FileRefused(Finding("F01", f"{path.name} holds nothing but blank lines. Export it again."))
    if bom:
        findings.append(
            Finding("W02", f"{path.name} begins with a byte order mark (a spreadsheet saved it).")
        )
    result = Inspected(
        path,
        copied or path,
        before,
        uniform_lines=counts.returns in (0, counts.newlines) and counts.pairs == counts.returns,
        has_quotes=counts.quotes > 0,
        lines=counts.newlines + (counts.last != b"\n"),
        delimiters=counts.delimiters,
        line_end="\\r\\n" if counts.returns else "\\n",
        padded=counts.padded,
        findings=tuple(findings),
    )
    if not unchanged(result):
        raise FileRefused(still_written(path))
    return result


def _refuse_other_kinds(path: Path, head: bytes, layout: Format) -> None:
    for magic, what in _ARCHIVES.items():
        if head.startswith(magic):
            raise FileRefused(Finding("F03", f"{path.name} is {what}, and run again."))
    if head.startswith(b"PAR1") != (layout.type == "parquet"):
        kind = "a Parquet file" if head.startswith(b"PAR1") else "not a Parquet file"
        raise FileRefused(
            Finding("F05", f"{path.name} is {kind}, but the mapping declares format type {layout.type}.")
        )


def _compression(path: Path, head: bytes, layout: Format) -> tuple[Compression, list[Finding]]:
    real = compression_of(head)
    by_name = {".gz": "gzip", ".gzip": "gzip", ".zst": "zstd"}.get(path.suffix.lower(), "none")
    declared = layout.compression or by_name
    if real == declared:
        return real, []
    if real == "none":
        raise FileRefused(
            Finding("F02", f"{path.name} should be compressed with {declared} but is not. Export it again.")
        )
    return real, [
        Finding("W01", f"{path.name} is compressed with {real}, which neither name nor mapping says.")
    ]


def _chunks(path: Path, compression: Compression, max_unfolded: int) -> Iterator[bytes]:
    """The plain bytes of a file in chunks; a compressed one gives at most `max_unfolded` bytes."""
    with path.open("rb") as raw:
        if compression == "none":
            while chunk := raw.read(CHUNK):
                yield chunk
            return
        stream = unpacked(raw, compression)
        try:
            unfolded = 0
            while chunk := stream.read(CHUNK):
                unfolded += len(chunk)
                if unfolded > max_unfolded:
                    raise FileRefused(_too_large(path, max_unfolded))
                yield chunk
        except DAMAGED as error:
            raise FileRefused(
                Finding("F02", f"{path.name}: the {compression} stream is damaged or cut short ({error}).")
            ) from error


def _too_large(path: Path, max_unfolded: int) -> Finding:
    return Finding(
        "F17",
        f"{path.name} unfolds to more than {max_unfolded / 1_000_000:,.0f} MB. If that is meant, raise "
        "max_unfolded_mb under quality in company.yml, and run again.",
    )


def _stream(
    path: Path, layout: Format, compression: Compression, scratch: Path, max_unfolded: int
) -> tuple[_Counts, Path | None, bool]:
    """Decode every byte, count, and copy where needed: (counts, copy or None, has a BOM)."""
    counts = _Counts()
    encoding = layout.encoding
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    utf8_suspect: codecs.IncrementalDecoder | None = (
        codecs.getincrementaldecoder("utf-8")("strict") if encoding in ("cp1252", "latin-1") else None
    )
    copy = scratch / f"{hashlib.sha256(str(path).encode()).hexdigest()[:16]}.txt"
    is_csv = layout.type == "csv"
    quote, delimiter = (layout.quote.encode(), layout.delimiter.encode()) if is_csv else (b"", b"")
    bom, accented, first = False, False, True
    sink = None
    try:
        for chunk in _chunks(path, compression, max_unfolded):
            if first:
                bom, first = _begins_with_bom(path, chunk, encoding), False
                # The reader of CSV knows the mark, the reader of JSON does not.
                if compression != "none" or encoding != "utf-8" or (bom and not is_csv):
                    sink = copy.open("wb")
                chunk = chunk if is_csv else chunk.removeprefix(codecs.BOM_UTF8)
            try:
                # Plain ASCII between whole characters is valid in UTF-8, and copied as it is.
                is_plain = encoding == "utf-8" and chunk.isascii() and not decoder.getstate()[0]
                text = "" if is_plain else decoder.decode(chunk)
            except UnicodeDecodeError as error:
                raise FileRefused(_undecodable(path, counts, chunk, error, layout.encoding)) from error
            if utf8_suspect is not None:
                utf8_suspect, accented = _still_utf8(utf8_suspect, chunk, accented)
            plain = chunk if encoding == "utf-8" else text.lstrip("\ufeff").encode()
            if b"\0" in plain:
                line = counts.newlines + plain[: plain.index(b"\0")].count(b"\n") + 1
                raise FileRefused(
                    Finding(
                        "F07",
                        f"{path.name} line {line} holds NUL bytes: a crash cut it. Export it again.",
                        line,
                    )
                )
            counts.add(plain, quote, delimiter)
            if sink is not None:
                sink.write(plain)
        _finish(path, decoder, counts, layout.encoding)
    finally:
        if sink is not None:
            sink.close()
    if utf8_suspect is not None and accented:
        raise FileRefused(
            Finding(
                "F06",
                f"{path.name} is UTF-8, but the mapping declares {layout.encoding}. Set encoding: utf-8.",
            )
        )
    return counts, copy if sink is not None else None, bom


def _padded(chunk: bytes, edges: bytes, escapes: bool) -> bool:
    """Whether a value may have spaces around it; without any, nothing needs trimming."""
    if not chunk.isascii() and any(wide in chunk for wide in _WIDE_SPACES):
        return True
    if escapes and b"\\" in chunk:
        return True
    # One byte is found ten times faster than two, and most exports have no space at all.
    if b" " not in chunk:
        return False
    data = np.frombuffer(chunk, dtype=np.uint8)
    spaces = np.flatnonzero(data == 32)
    after, before = data[np.minimum(spaces + 1, len(data) - 1)], data[np.maximum(spaces - 1, 0)]
    return any(bool((after == edge).any() or (before == edge).any()) for edge in edges)


def _begins_with_bom(path: Path, chunk: bytes, encoding: str) -> bool:
    if encoding != "utf-16" and chunk[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise FileRefused(
            Finding(
                "F06", f"{path.name} is UTF-16, but the mapping declares {encoding}. Set encoding: utf-16.", 1
            )
        )
    return chunk.startswith(b"\xef\xbb\xbf")


def _still_utf8(
    decoder: codecs.IncrementalDecoder, chunk: bytes, accented: bool
) -> tuple[codecs.IncrementalDecoder | None, bool]:
    try:
        decoder.decode(chunk)
    except UnicodeDecodeError:
        return None, False
    return decoder, accented or not chunk.isascii()


def _undecodable(
    path: Path, counts: _Counts, chunk: bytes, error: UnicodeDecodeError, declared: str
) -> Finding:
    line = counts.newlines + chunk[: error.start].count(b"\n") + 1
    value = error.object[error.start : error.end].hex(" ")
    return Finding(
        "F06",
        f"{path.name} line {line}: the bytes {value} are not {declared}. Set encoding: (cp1252, "
        "latin-1, utf-16) in the mapping, or export as UTF-8.",
        line,
        value=value,
    )


def _finish(path: Path, decoder: codecs.IncrementalDecoder, counts: _Counts, declared: str) -> None:
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise FileRefused(_undecodable(path, counts, b"", error, declared)) from error
