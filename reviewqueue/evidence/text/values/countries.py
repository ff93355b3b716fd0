"""Names and codes of the countries most common in customer records, in English and German."""

from __future__ import annotations

from reviewqueue.evidence.text.words.tokens import tokens

# One country a line: its codes, then its names.
_TABLE = """
AE ARE UAE | United Arab Emirates | Vereinigte Arabische Emirate
AR ARG | Argentina | Argentinien
AT AUT | Austria | Österreich
AU AUS | Australia | Australien
BE BEL | Belgium | Belgien
BG BGR | Bulgaria | Bulgarien
BR BRA | Brazil | Brasil | Brasilien
CA CAN | Canada | Kanada
CH CHE | Switzerland | Schweiz | Suisse
CL CHL | Chile
CN CHN | China
CO COL | Colombia | Kolumbien
CZ CZE | Czechia | Czech Republic | Tschechien
DE DEU | Germany | Deutschland | Allemagne | Alemania
DK DNK | Denmark | Dänemark | Danmark
EE EST | Estonia | Estland
EG EGY | Egypt | Ägypten
ES ESP | Spain | Spanien | España
FI FIN | Finland | Finnland
FR FRA | France | Frankreich
GB GBR UK | United Kingdom | Great Britain | Vereinigtes Königreich | Großbritannien
GR GRC | Greece | Griechenland
HK HKG | Hong Kong | Hongkong
HR HRV | Croatia | Kroatien
HU HUN | Hungary | Ungarn
ID IDN | Indonesia | Indonesien
IE IRL | Ireland | Irland
IL ISR | Israel
IN IND | India | Indien
IS ISL | Iceland | Island
IT ITA | Italy | Italien | Italia
JP JPN | Japan
KE KEN | Kenya | Kenia
KR KOR | South Korea | Korea | Südkorea
LT LTU | Lithuania | Litauen
LU LUX | Luxembourg | Luxemburg
LV LVA | Latvia | Lettland
MT MLT | Malta
MX MEX | Mexico | México | Mexiko
MY MYS | Malaysia
NG NGA | Nigeria
NL NLD | Netherlands | The Netherlands | Holland | Niederlande | Nederland
NO NOR | Norway | Norwegen | Norge
NZ NZL | New Zealand | Neuseeland
PE PER | Peru
PH PHL | Philippines | Philippinen
PL POL | Poland | Polen | Polska
PT PRT | Portugal
RO ROU | Romania | Rumänien
RS SRB | Serbia | Serbien
SA SAU KSA | Saudi Arabia | Saudi-Arabien
SE SWE | Sweden | Schweden | Sverige
SG SGP | Singapore | Singapur
SI SVN | Slovenia | Slowenien
SK SVK | Slovakia | Slowakei
TH THA | Thailand
TR TUR | Turkey | Türkiye | Türkei
TW TWN | Taiwan
UA UKR | Ukraine
US USA | United States | United States of America | America | Vereinigte Staaten
VN VNM | Vietnam
ZA ZAF RSA | South Africa | Südafrika
"""


def _read() -> tuple[dict[str, str], dict[str, str]]:
    """(folded names, codes as written), each mapped to the country's first code."""
    names: dict[str, str] = {}
    codes: dict[str, str] = {}
    for line in _TABLE.strip().splitlines():
        listed, *called = (part.strip() for part in line.split("|"))
        codes |= dict.fromkeys(listed.split(), listed[:2])
        names |= {" ".join(one.word for one in tokens(name)): listed[:2] for name in called}
    return names, codes


_NAMES, _CODES = _read()


def same_country(said: str, held: str) -> bool:
    """Whether a field holds only a country, and the words name that one: DE and Germany. A code counts only in
    capitals."""
    field = held.strip(" .")
    country = _CODES.get(field.upper()) or _NAMES.get(" ".join(one.word for one in tokens(field)))
    if country is None:
        return False
    row = f" {' '.join(one.word for one in tokens(said))} "
    called = {code for name, code in _NAMES.items() if f" {name} " in row}
    called |= {_CODES[word] for word in said.replace(".", " ").split() if word in _CODES}
    return country in called
