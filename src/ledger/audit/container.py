"""The one form of a bundle: a ZIP file with nothing in it that could be otherwise.

Files stand in byte order of their names, stored and not compressed, dated 1980-01-01 00:00, without extra fields,
comments or attributes. So the same files give the same bytes anywhere, and any unzip reads them. Reading writes the
files again and compares: what is not the one form is refused.

Specification: APPNOTE.TXT of the ZIP format, sections 4.3 and 4.4; docs/spec/bundle.md, section 2.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

from ledger.proof.errors import Malformed

_DATE_1980 = (0, 33)
_VERSION = 20
_LIMIT = 2**32 - 1


def format_container(files: Mapping[str, bytes]) -> bytes:
    """Return the bytes of a bundle; parse_container(format_container(f)) == f.

    files  ASCII path -> contents

    Raises Malformed for a path that is not plain, or more than a ZIP file without extensions can hold.
    """
    body, directory = io.BytesIO(), io.BytesIO()
    for name in sorted(files):
        _check_name(name)
        data, path = files[name], name.encode()
        common = struct.pack(
            "<HHHHHIIIHH", _VERSION, 0, 0, *_DATE_1980, zlib.crc32(data), len(data), len(data), len(path), 0
        )
        start = body.tell()
        if start + len(data) + len(path) + 30 > _LIMIT:
            raise Malformed("bundle: larger than a ZIP file can be without extensions")
        body.write(b"PK\x03\x04" + common + path)
        body.write(data)
        directory.write(b"PK\x01\x02" + struct.pack("<H", _VERSION) + common)
        directory.write(struct.pack("<HHHII", 0, 0, 0, 0, start) + path)
    if len(files) > 0xFFFF - 1:
        raise Malformed(f"bundle: {len(files)} files, expected fewer than 65,535")
    size, start = directory.tell(), body.tell()
    end = struct.pack("<HHHHIIH", 0, 0, len(files), len(files), size, start, 0)
    return body.getvalue() + directory.getvalue() + b"PK\x05\x06" + end


def _check_name(name: str) -> None:
    parts = name.split("/")
    if not name.isascii() or not name.isprintable() or "\\" in name or any(part in ("", ".", "..") for part in parts):
        raise Malformed(f"bundle: path {name!r} is not plain")


def parse_container(data: bytes) -> dict[str, bytes]:
    """Return the files of a bundle. Raises Malformed if it is no ZIP file, or not in its one form."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if any(info.compress_type != zipfile.ZIP_STORED for info in archive.infolist()):
                raise Malformed("bundle: its files are compressed, expected stored")
            if sum(info.file_size for info in archive.infolist()) > len(data):  # before anything is unpacked
                raise Malformed("bundle: its files claim to be larger than itself")
            files = {info.filename: archive.read(info) for info in archive.infolist()}
    except (zipfile.BadZipFile, EOFError, RuntimeError, OSError, OverflowError, ValueError) as error:
        raise Malformed(f"bundle: not a ZIP file that can be read: {error}") from None
    if format_container(files) != data:
        raise Malformed("bundle: a ZIP file, but not in its one form")
    return files
