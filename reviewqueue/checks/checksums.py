"""Check digits of payment cards, bank accounts and national identity numbers, so that other numbers raise no alarm."""

from __future__ import annotations

_IBAN = {
    "AD": 24, "AE": 23, "AT": 20, "BE": 16, "BG": 22, "BR": 29, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18,
    "EE": 20, "ES": 24, "FI": 18, "FR": 27, "GB": 22, "GI": 23, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IL": 23,
    "IS": 26, "IT": 27, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MT": 31, "NL": 18, "NO": 15, "PL": 28,
    "PT": 25, "RO": 24, "SA": 24, "SE": 24, "SI": 19, "SK": 24, "TR": 26, "UA": 29,
}  # fmt: skip
_ODD = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16,
         10, 22, 25, 24, 23),
        strict=True,
    )
)  # fmt: skip


def luhn(digits: str) -> bool:
    """Whether the last digit matches the others by the Luhn algorithm (cards, Swedish personal numbers)."""
    doubled = [int(sign) * (2 if place % 2 else 1) for place, sign in enumerate(reversed(digits))]
    return sum(one - 9 if one > 9 else one for one in doubled) % 10 == 0


def card(digits: str) -> str:
    """The network of a payment card number, "" when it is none."""
    head, many = int(digits[:4]), len(digits)
    network = (
        "Visa" if digits[0] == "4" and many in (13, 16, 19)
        else "Mastercard" if (5100 <= head <= 5599 or 2221 <= head <= 2720) and many == 16
        else "American Express" if digits[:2] in ("34", "37") and many == 15
        else "Discover" if (head == 6011 or 6440 <= head <= 6599) and many in (16, 19)
        else "JCB" if 3528 <= head <= 3589 and many == 16
        else "UnionPay" if digits[:2] == "62" and 16 <= many <= 19
        else "Maestro" if head in (5018, 5020, 5038, 5893, 6304, 6759, 6761, 6762, 6763) and 12 <= many <= 19
        else "Diners Club" if (300 <= int(digits[:3]) <= 305 or digits[:2] in ("36", "38")) and many == 14
        else ""
    )  # fmt: skip
    return network if network and len(set(digits)) > 1 and luhn(digits) else ""


def iban(code: str) -> bool:
    """Whether a code without blanks is an IBAN of a known country with valid check digits (ISO 13616)."""
    code = code.upper()
    if _IBAN.get(code[:2]) != len(code):
        return False
    return int("".join(str(int(sign, 36)) for sign in code[4:] + code[:4])) % 97 == 1


def spanish(code: str) -> bool:
    """DNI or NIE: the letter follows from the number modulo 23."""
    if len(code) != 9:
        return False
    number = {"X": "0", "Y": "1", "Z": "2"}.get(code[0], code[0]) + code[1:-1]
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23] == code[-1]


def french(digits: str) -> bool:
    """NIR: the last two digits are 97 less the rest modulo 97."""
    return 97 - int(digits[:13]) % 97 == int(digits[13:])


def italian(code: str) -> bool:
    """Codice fiscale: the last letter follows from the fifteen before it."""
    total = sum(
        _ODD[sign] if place % 2 == 0 else int(sign, 36) - 10 * sign.isalpha() for place, sign in enumerate(code[:15])
    )
    return chr(total % 26 + ord("A")) == code[15]


def swiss(digits: str) -> bool:
    """AHV: the check digit of a thirteen-digit article number."""
    return sum(int(sign) * (3 if place % 2 else 1) for place, sign in enumerate(digits)) % 10 == 0


def brazilian(digits: str) -> bool:
    """CPF: two check digits modulo 11."""
    if len(set(digits)) == 1:
        return False
    for many in (9, 10):
        total = sum(int(sign) * (many + 1 - place) for place, sign in enumerate(digits[:many]))
        if total * 10 % 11 % 10 != int(digits[many]):
            return False
    return True


def dutch(digits: str) -> bool:
    """BSN: the sum weighted nine to two, less the last digit, is a multiple of eleven."""
    return (
        digits != "000000000"
        and (sum(int(one) * (9 - at) for at, one in enumerate(digits[:8])) - int(digits[8])) % 11 == 0
    )


def german(digits: str) -> bool:
    """Steuer-ID: ISO 7064, modulus 11, 10."""
    product = 10
    for sign in digits[:10]:
        product = ((int(sign) + product) % 10 or 10) * 2 % 11
    return digits[0] != "0" and (11 - product) % 10 == int(digits[10])


def british(digits: str) -> bool:
    """NHS number: eleven less the sum weighted ten to two modulo eleven."""
    return (11 - sum(int(one) * (10 - at) for at, one in enumerate(digits[:9])) % 11) % 11 == int(digits[9])


def polish(digits: str) -> bool:
    """PESEL: weights 1, 3, 7, 9."""
    return (
        sum(int(one) * weight for one, weight in zip(digits, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1), strict=True)) % 10 == 0
    )


def american(digits: str) -> bool:
    """A US social security number: it has no check digit, only numbers that are never given out."""
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    return len(digits) == 9 and area not in ("000", "666") and area < "900" and group != "00" and serial != "0000"


def australian(digits: str) -> bool:
    """TFN: the weighted sum is a multiple of eleven."""
    return sum(int(one) * weight for one, weight in zip(digits, (1, 4, 3, 7, 5, 8, 6, 9, 10), strict=True)) % 11 == 0


def belgian(digits: str) -> bool:
    """Rijksregisternummer: the last two are 97 less the rest modulo 97; a 2 goes before it since the year 2000."""
    return any(97 - int(before + digits[:9]) % 97 == int(digits[9:]) for before in ("", "2"))
