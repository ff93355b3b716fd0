"""Folds names for comparing: how a name is encoded and accented does not make it another name."""

from __future__ import annotations

import unicodedata

# Letters that Unicode does not take apart, and signs that stand for one another.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŋ": "n",
     "’": "'", "‘": "'", "ʼ": "'", "´": "'", "`": "'", "‐": "-", "‑": "-", "–": "-", "−": "-"}
)  # fmt: skip
_SPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
_LAST_ACCENTED = "\u0400"  # from Cyrillic on, a mark makes another letter


def folded(name: str) -> str:
    """A name without case, accents, width, invisible characters and spacing: NFKC and NFD are one, and so are ß and ss,
    ø and o, a no-break space and a blank."""
    if name.isascii():
        return " ".join(name.lower().replace("`", "'").split())
    kept, base = [], ""
    for sign in unicodedata.normalize("NFKD", name.casefold().translate(_LETTERS)):
        if unicodedata.combining(sign):
            kept += [sign] if base >= _LAST_ACCENTED else []
        elif unicodedata.category(sign) != "Cf":
            kept.append(sign)
            base = sign
    return " ".join(unicodedata.normalize("NFC", "".join(kept)).translate(_LETTERS).split())


def readings(name: str) -> tuple[str, ...]:
    """The folded name, and where it has an umlaut also as it is written without one: muller, mueller."""
    if name.isascii():
        return (folded(name),)
    spelled = unicodedata.normalize("NFC", name).casefold().translate(_SPELLED)
    return tuple(dict.fromkeys((folded(name), folded(spelled))))


def beginnings(typed: str) -> tuple[str, ...]:
    """What a kept name begins with that begins as typed; a blank at the end is part of it. Names that were kept before
    they were folded have their accents."""
    plain = folded(typed)
    blank = " " if plain and typed[-1:].isspace() else ""
    return tuple(dict.fromkeys((plain + blank, typed.casefold())))


def customer_key(name: str) -> str:
    """The key under which a customer's name is kept and looked for."""
    return folded(name)[:255]
