"""The signature around a profile, by which a device says whose it is: CMS with the profile in it (RFC 5652 5).

Invariant: the key is used here and leaves neither in a result nor in an error.
"""

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder

from coserver.model.errors import Unusable


def signed(profile: bytes, chain: bytes, key: bytes) -> bytes:
    """A profile in its signature (DER), which holds the chain too.

    Args:
        profile: the bytes to sign, kept as they are.
        chain: certificates as PEM, that of the server first.
        key: the private key of the first, as PEM without password.

    Raises:
        Unusable: no certificate, no RSA or EC key, or the two do not belong together.
    """
    try:
        certificates = x509.load_pem_x509_certificates(chain)
        secret = load_pem_private_key(key, password=None)
    except (ValueError, TypeError):
        raise Unusable("Profiles are signed with a certificate and a key as PEM, without password.") from None
    if not isinstance(secret, RSAPrivateKey | EllipticCurvePrivateKey):  # what these signatures are made with
        raise Unusable("Profiles are signed with an RSA or EC key.")
    if secret.public_key() != certificates[0].public_key():
        raise Unusable("The key and the first certificate do not belong together.")
    made = PKCS7SignatureBuilder().set_data(profile).add_signer(certificates[0], secret, hashes.SHA256())
    for each in certificates[1:]:
        made = made.add_certificate(each)
    return made.sign(Encoding.DER, [PKCS7Options.Binary])
