"""Files that prove something was done: which kinds are taken, and what must not be in them.

A phone writes into each picture where it was taken, by whose phone and when. None of that leaves the phone's owner:
it is cut out, but for the turn of the picture, without which it would lie on its side.
"""

import struct
from collections.abc import Iterator

from gateway.errors import N_, Worded

LARGEST = 6_000_000
_JPEG, _PNG, _PDF = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"%PDF-"
#: Chunks of a PNG that draw it; all others may tell of whoever made it.
_DRAWING = frozenset(
    (b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"pHYs", b"bKGD")
)
_ORIENTATION = 0x0112


class NotTaken(Worded):
    """This file is not taken."""


def cleaned(content: bytes) -> tuple[str, bytes]:
    """(media type, the content without where and by whom it was made). Raises NotTaken."""
    if len(content) > LARGEST:
        raise NotTaken(N_("The file is larger than %(most)s MB."), most=LARGEST // 1_000_000)
    try:
        if content.startswith(_JPEG):
            return "image/jpeg", _clean_jpeg(content)
        if content.startswith(_PNG):
            return "image/png", _clean_png(content)
    except (struct.error, IndexError) as error:
        raise NotTaken(N_("This picture is damaged.")) from error
    if content.startswith(_PDF):
        return "application/pdf", content
    raise NotTaken(N_("Only pictures (JPEG, PNG) and PDF are taken. Phones can save a HEIC picture as JPEG."))


def picture(content: bytes) -> tuple[str, bytes]:
    """As `cleaned`, for where only a picture will do. Raises NotTaken."""
    if content.startswith(_PDF):
        raise NotTaken(N_("Only pictures (JPEG, PNG) are taken here."))
    return cleaned(content)


def _clean_jpeg(content: bytes) -> bytes:
    kept = [content[:2]]
    turn: int | None = None
    at = 2
    while True:
        marker = content[at + 1]
        if content[at] != 0xFF:
            raise NotTaken(N_("This picture is damaged."))
        if marker == 0xFF:  # filling
            at += 1
            continue
        (length,) = struct.unpack_from(">H", content, at + 2)
        segment = content[at : at + 2 + length]
        if marker == 0xDA:  # the picture itself, to the end
            kept.append(content[at:])
            break
        if marker == 0xE1 and segment[4:10] == b"Exif\0\0":
            turn = _turn(segment[10:]) or turn
        elif not _tells(marker, segment):
            kept.append(segment)
        at += 2 + length
    if turn not in (None, 1):
        kept.insert(1, _turned(turn))
    return b"".join(kept)


def _tells(marker: int, segment: bytes) -> bool:
    """Whether this part speaks of the picture's making: programs' notes and comments, but not how colours are meant."""
    if marker == 0xFE:
        return True
    colours = marker == 0xEE or (marker == 0xE2 and segment[4:15] == b"ICC_PROFILE")
    return 0xE1 <= marker <= 0xEF and not colours


def _turn(exif: bytes) -> int | None:
    """How the picture is turned, from its first directory."""
    order = "<" if exif[:2] == b"II" else ">"
    (first,) = struct.unpack_from(f"{order}I", exif, 4)
    (count,) = struct.unpack_from(f"{order}H", exif, first)
    for number in range(count):
        tag, _, _, value = struct.unpack_from(f"{order}HHIH", exif, first + 2 + 12 * number)
        if tag == _ORIENTATION and 1 <= value <= 8:
            return int(value)
    return None


def _turned(turn: int | None) -> bytes:
    body = b"Exif\0\0MM\0*" + struct.pack(">IHHHIHHI", 8, 1, _ORIENTATION, 3, 1, turn, 0, 0)
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def _clean_png(content: bytes) -> bytes:
    return _PNG + b"".join(chunk for kind, chunk in _chunks(content) if kind in _DRAWING)


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_PNG)
    while at < len(content):
        (length,) = struct.unpack_from(">I", content, at)
        kind = content[at + 4 : at + 8]
        yield kind, content[at : at + 12 + length]
        at += 12 + length
        if kind == b"IEND":
            return
