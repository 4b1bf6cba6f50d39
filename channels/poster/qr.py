"""The QR code of a poster: the notice's permanent address, large and with its quiet zone."""

from dataclasses import dataclass

import segno

BORDER = 4  # modules of quiet zone, as ISO/IEC 18004 wants
SYMBOL = 34.0  # mm on A3, without the quiet zone; 48 mm on A2 (at least 30 and 45 are needed)


@dataclass(frozen=True)
class Code:
    """A QR code as SVG, and how wide it is on A3 with its quiet zone."""

    svg: str
    millimetres: float


def code(address: str) -> Code:
    """The code of ``address``, error correction M or better."""
    made = segno.make(address, error="m", micro=False)
    modules = made.symbol_size(border=0)[0]
    svg = made.svg_inline(border=BORDER, omitsize=True, dark="#000", light="#fff")
    return Code(svg, SYMBOL * (modules + 2 * BORDER) / modules)
