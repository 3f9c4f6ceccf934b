"""Compressed files: known by their first bytes, read as what they unfold to."""

import gzip
import zlib
from typing import BinaryIO, Literal, cast

import zstandard

Compression = Literal["none", "gzip", "zstd"]
DAMAGED = (EOFError, zlib.error, gzip.BadGzipFile, zstandard.ZstdError)
"""What reading a compressed file raises where it is cut or garbage."""
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


def compression_of(head: bytes) -> Compression:
    """How a file is compressed that begins with these bytes, whatever its name says."""
    return "gzip" if head.startswith(_GZIP) else "zstd" if head.startswith(_ZSTD) else "none"


def unpacked(handle: BinaryIO, compression: Compression) -> BinaryIO:
    """The plain bytes of an open file, all frames of it; reading raises one of DAMAGED where it is."""
    if compression == "gzip":
        return cast(BinaryIO, gzip.GzipFile(fileobj=handle))
    if compression == "zstd":
        return zstandard.ZstdDecompressor().stream_reader(handle, read_across_frames=True)
    return handle
