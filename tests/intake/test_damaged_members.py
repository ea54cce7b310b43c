"""A workbook whose inner files are packed in an unusual way, and damaged: one finding, never a traceback."""

import io
import zipfile

import pytest

from ledger.intake import Vocabulary, read_targets


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2, zipfile.ZIP_DEFLATED])
def test_a_damaged_member_is_a_damaged_file(method: int) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>" * 200)
    content = bytearray(stream.getvalue())
    start = content.index(b"xl/workbook.xml") + len("xl/workbook.xml")
    content[start + 9 : start + 25] = b"\xff" * 16
    reading = read_targets(bytes(content), vocabulary=Vocabulary(), sub_roster="industry-trade")
    assert reading.rows == []
    assert [finding.code for finding in reading.findings] == ["file-damaged"]
