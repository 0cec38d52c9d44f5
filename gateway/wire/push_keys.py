"""The key pair that names this house to push services (VAPID, RFC 8292).

Derived from the keyring's `transcripts` key: nothing more to keep, and both halves know it. The page is given the
public half, the gateway signs with the other.
"""

import base64

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.wire.seals import derive

PUSH = "push"
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def private_key(transcripts: bytes) -> ec.EllipticCurvePrivateKey:
    number = int.from_bytes(derive(transcripts, PUSH) + derive(transcripts, f"{PUSH} 2"), "big")
    return ec.derive_private_key(number % (_ORDER - 1) + 1, ec.SECP256R1())


def point_of(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def public_key(transcripts: bytes) -> str:
    """As a page hands it to the browser."""
    return unpadded(point_of(private_key(transcripts).public_key()))


def unpadded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def padded(text: str) -> bytes:
    """Raises ValueError."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
