"""LaTeX as plain text: the part of it in which layers write their equations."""

from __future__ import annotations

import re

_WORDS = {
    "odot": "⊙", "cdot": "·", "times": "×", "sum": "Σ", "in": "∈", "geq": "≥", "leq": "≤",
    "sim": "~", "dots": "…", "gamma": "γ", "beta": "β", "mu": "μ", "sigma": "σ",
    "epsilon": "ε", "Phi": "Φ", "alpha": "α", "omega": "ω", "varphi": "φ", "pi": "π",
    "max": "max", "min": "min", "log": "log", "tanh": "tanh", "cos": "cos",
    "sin": "sin",
    "quad": "\x02", ",": " ", " ": " ",
}  # fmt: skip
_LOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_HIGH = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_INNERMOST = r"\{([^{}]*)\}"


def latex_to_unicode(latex: str) -> str:
    """The formula in one line of Unicode.

    Args:
        latex: of the macros that layers use: fractions, roots, sums, subscripts,
            superscripts, Greek letters, words.

    Raises:
        ValueError: something else, which would be left standing as LaTeX.
    """
    before = None
    text = latex
    # From the innermost braces outwards, so that nothing is in the way of the next.
    while text != before:
        before = text
        text = re.sub(r"\\(?:text|operatorname)" + _INNERMOST, r"\1", text)
        text = re.sub(r"\\mathbb\{R\}", "ℝ", text)
        text = re.sub(r"\\frac" + _INNERMOST * 2, _fraction, text)
        text = re.sub(r"\\sqrt" + _INNERMOST, r"√(\1)", text)
        text = re.sub(r"_" + _INNERMOST, lambda found: _lowered(found[1]), text)
        text = re.sub(r"\^" + _INNERMOST, lambda found: _raised(found[1]), text)
    text = re.sub(r"_(\w)", lambda found: _lowered(found[1]), text)
    text = re.sub(r"\^(\w)", lambda found: _raised(found[1]), text)
    text = re.sub(r"\\([A-Za-z]+|[, ])", lambda found: _WORDS.get(found[1], found[0]), text)
    if re.search(r"[\\{}]", text):
        raise ValueError(f"no plain text for {latex!r}: {text!r}")
    text = re.sub(r" *\x02 *", "   ", re.sub(r" {2,}", " ", text))
    return text.replace("\x00", "_").replace("\x01", "^").strip()


def _fraction(found: re.Match[str]) -> str:
    above, below = (f"({part})" if re.search(r"[ +-]", part) else part for part in found.groups())
    return f"{above} / {below}"


def _lowered(index: str) -> str:
    # Placeholders keep what is lowered already from being lowered once more.
    if index.isdigit():
        return index.translate(_LOW)
    return f"\x00{index}" if re.fullmatch(r"[\w.]+", index) else f"\x00({index})"


def _raised(power: str) -> str:
    if power.isdigit():
        return power.translate(_HIGH)
    return f"\x01{power}" if re.fullmatch(r"[\w.…]+", power) else f"\x01({power})"
