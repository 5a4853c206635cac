"""How well one colour can be read on another."""

from __future__ import annotations

from textual.color import Color


def contrast(one: Color, other: Color) -> float:
    """From 1 (the same) to 21 (black on white), as WCAG counts it; text is to have 4.5."""

    def luminance(colour: Color) -> float:
        parts = [part / 255 for part in colour.rgb]
        r, g, b = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)
