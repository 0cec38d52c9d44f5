"""A picture proves a task and tells nothing of where it was taken."""

import struct
import zlib

import pytest

from gateway.domain.pictures import LARGEST, NotTaken, cleaned

GPS = b"GPSLatitude 36.651 N by Wang's phone"


def segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def exif(turn: int) -> bytes:
    """As a phone writes it: how the picture is turned, and behind it where it was taken."""
    entry = struct.pack("<HHIHH", 0x0112, 3, 1, turn, 0)
    return b"Exif\0\0II*\0" + struct.pack("<IH", 8, 1) + entry + struct.pack("<I", 0) + GPS


def jpeg(turn: int = 6) -> bytes:
    return b"".join(
        (
            b"\xff\xd8",
            segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
            segment(0xE1, exif(turn)),
            segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + GPS),
            segment(0xED, GPS),
            segment(0xFE, GPS),
            segment(0xDB, bytes(65)),
            segment(0xDA, b"\x01\x01\0\0?\0"),
            b"pixels\xff\xd9",
        )
    )


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png() -> bytes:
    drawing = (chunk(b"IHDR", bytes(13)), chunk(b"tEXt", GPS), chunk(b"eXIf", GPS), chunk(b"IDAT", b"pixels"))
    return b"\x89PNG\r\n\x1a\n" + b"".join(drawing) + chunk(b"IEND", b"")


def test_where_a_picture_was_taken_is_cut_out_and_its_turn_stays() -> None:
    media_type, content = cleaned(jpeg())
    assert media_type == "image/jpeg"
    assert GPS not in content
    assert content.endswith(b"pixels\xff\xd9")
    assert cleaned(content) == (media_type, content)  # the turn is read from what we wrote as well
    assert struct.pack(">HHIHH", 0x0112, 3, 1, 6, 0) in content
    assert b"Exif" not in cleaned(jpeg(turn=1))[1]


def test_what_a_png_tells_beside_the_drawing_is_cut_out() -> None:
    media_type, content = cleaned(png())
    assert (media_type, GPS in content, b"pixels" in content) == ("image/png", False, True)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\0\0\0\x18ftypheic", "HEIC"),
        (b"<svg onload=alert(1)>", "Only pictures"),
        (jpeg()[:40], "damaged"),
        (b"\xff\xd8\xff\xe1\0", "damaged"),
        (b"%PDF-" + bytes(LARGEST), "larger than 6 MB"),
    ],
)
def test_other_files_are_refused_with_a_sentence(content: bytes, said: str) -> None:
    with pytest.raises(NotTaken, match=said):
        cleaned(content)
