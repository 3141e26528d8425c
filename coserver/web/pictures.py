"""Pictures of addresses that a telephone scans (QR codes, ISO/IEC 18004): the door to the library that draws them."""

import segno


def square(text: str) -> str:
    """A picture as the address of an image, black on white in light and dark."""
    return str(segno.make(text, error="m", micro=False).svg_data_uri(scale=4, border=4, dark="#000", light="#fff"))
