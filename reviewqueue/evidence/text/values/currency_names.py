"""What currencies are called in English, German, French and Spanish, in small letters."""

from __future__ import annotations

# A currency's code, or the sign that several share (`currencies.SHARED`) → its names.
_NAMES = {
    "$": "dollar|dollars|dólar|dólares|buck|bucks",
    "AED": "uae dirhams|uae dirham|emirati dirhams|vae-dirham|dirham des émirats arabes unis"
           "|dirhams des émirats arabes unis|dírham de los emiratos árabes unidos"
           "|dírhams de los emiratos árabes unidos",
    "AUD": "australian dollars|australische dollar|australian dollar|australischer dollar|dollar australien"
           "|dollars australiens|dólar australiano|dólares australianos",
    "BHD": "bahraini dinars|bahraini dinar",
    "BRL": "reais|brazilian reais|brazilian real|brasilianische real|reales brasileños|brazilian reals"
           "|brasilianischer real|réal brésilien|réals brésiliens|real brasileño",
    "CAD": "canadian dollars|kanadische dollar|dollars canadiens|dólares canadienses|canadian dollar"
           "|kanadischer dollar|dollar canadien|dólar canadiense",
    "CHF": "franken|francs|swiss francs|swiss franc|schweizer franken|francs suisses|francos suizos|franc suisse"
           "|franco suizo",
    "CLP": "chilean pesos|pesos chilenos|chilean peso|chilenischer peso|chilenische pesos|peso chilien"
           "|pesos chiliens|peso chileno",
    "CNY": "yuan|yuans|renminbi|chinese yuan|chinesischer yuan|renminbi yuan|yuan renminbi chinois"
           "|yuans renminbi chinois|yuan renminbi|yuanes renminbi",
    "COP": "colombian pesos|pesos colombianos|colombian peso|kolumbianischer peso|kolumbianische pesos"
           "|peso colombien|pesos colombiens|peso colombiano",
    "CZK": "koruna|koruny|korun|czech crowns|czech koruna|czech korunas|tschechische kronen|couronnes tchèques"
           "|tschechische krone|couronne tchèque|corona checa|coronas checas",
    "DKK": "danish kroner|dänische kronen|couronnes danoises|coronas danesas|danish krone|dänische krone"
           "|couronne danoise|corona danesa",
    "EUR": "euro|euros",
    "GBP": "sterling|pounds sterling|pound sterling|british pounds|britische pfund|pfund sterling"
           "|livres sterling|libras esterlinas|british pound|britisches pfund|livre sterling|libra esterlina",
    "HKD": "hong kong dollars|hongkong-dollar|hong kong dollar|dollar de hong kong|dollars de hong kong"
           "|dólar hongkonés|dólares hongkoneses",
    "HUF": "forint|forints|hungarian forints|hungarian forint|ungarischer forint|ungarische forint"
           "|forint hongrois|forints hongrois|forinto húngaro|forintos húngaros",
    "IDR": "rupiah|rupiahs|indonesian rupiah|indonesian rupiahs|indonesische rupiah|roupie indonésienne"
           "|roupies indonésiennes|rupia indonesia|rupias indonesias",
    "ILS": "shekel|shekels|new shekels|israeli shekels|israeli new shekels|israeli new shekel"
           "|israelischer neuer schekel|israelische neue schekel|nouveau shekel israélien"
           "|nouveaux shekels israéliens|nuevo séquel israelí|nuevos séqueles israelíes",
    "INR": "indian rupees|indian rupee|indische rupie|indische rupien|roupie indienne|roupies indiennes"
           "|rupia india|rupias indias",
    "JPY": "yen|yens|japanese yen|japanische yen|japanischer yen|yen japonais|yens japonais|yen japonés"
           "|yenes japoneses",
    "KRW": "won|korean won|south korean won|südkoreanischer won|südkoreanische won|won sud-coréen"
           "|wons sud-coréens|won surcoreano|wons surcoreanos",
    "KWD": "kuwaiti dinars|kuwaiti dinar|kuwait-dinar|dinar koweïtien|dinar koweïtiens|dinar kuwaití"
           "|dinares kuwaitíes",
    "MXN": "mexican pesos|pesos mexicanos|mexican peso|mexikanischer peso|mexikanische pesos|peso mexicain"
           "|pesos mexicains|peso mexicano",
    "MYR": "ringgit|ringgits|malaysian ringgit|malaysian ringgits|malaysischer ringgit|malaysische ringgit"
           "|ringgit malais|ringgits malais|ringit malasio|ringits malasios",
    "NOK": "norwegian kroner|norwegische kronen|couronnes norvégiennes|coronas noruegas|norwegian krone"
           "|norwegische krone|couronne norvégienne|corona noruega",
    "NZD": "new zealand dollars|new zealand dollar|neuseeland-dollar|dollar néo-zélandais|dollars néo-zélandais"
           "|dólar neozelandés|dólares neozelandeses",
    "PHP": "philippine pesos|philippine peso|philippinischer peso|philippinische pesos|peso philippin"
           "|pesos philippins|peso filipino|pesos filipinos",
    "PLN": "zloty|zlotys|zlotych|złoty|złote|złotych|polish zloty|polish zlotys|polnischer złoty|polnische złoty"
           "|zloty polonais|zlotys polonais|esloti polaco|eslotis polacos",
    "RON": "lei|romanian lei|romanian leu|rumänischer leu|rumänische leu|leu roumain|lei roumains|leu rumano"
           "|leus rumanos",
    "Rs": "rupee|rupees|rupien|roupies|rupias",
    "SAR": "saudi riyals|saudi riyal|saudi-rial|riyal saoudien|riyals saoudiens|rial saudí|riales saudíes",
    "SEK": "kronor|swedish kronor|swedish kronas|schwedische kronen|couronnes suédoises|coronas suecas"
           "|swedish krona|schwedische krone|couronne suédoise|corona sueca",
    "SGD": "singapore dollars|singapur-dollar|singapore dollar|dollar de singapour|dollars de singapour"
           "|dólar singapurense|dólares singapurenses",
    "THB": "baht|thai baht|thailändischer baht|thailändische baht|baht thaïlandais|bahts thaïlandais"
           "|bat tailandés|bats tailandeses",
    "TRY": "lira|liras|turkish lira|turkish liras|türkische lira|livre turque|livres turques|lira turca"
           "|liras turcas",
    "TWD": "new taiwan dollars|taiwan dollars|new taiwan dollar|neuer taiwan-dollar|neue taiwan-dollar"
           "|nouveau dollar taïwanais|nouveaux dollars taïwanais|nuevo dólar taiwanés|nuevos dólares taiwaneses",
    "USD": "us dollars|us dollar|us-dollar|us-dollars|u.s. dollars|american dollars|dollars américains"
           "|dólares estadounidenses|dollar des états-unis|dollars des états-unis|dólar estadounidense",
    "VND": "dong|vietnamese dong",
    "ZAR": "rand|rands|south african rand|südafrikanischer rand|südafrikanische rand|rand sud-africain"
           "|rands sud-africains|rand sudafricano|rands sudafricanos",
    "crown": "crowns|couronnes|coronas",
    "dinar": "dinar|dinars|dinare",
    "dirham": "dirham|dirhams",
    "kr": "kroner|krone|kronen",
    "peso": "peso|pesos",
    "pound": "pound|pounds|pfund|libras|quid",
    "riyal": "riyal|riyals|rial|rials",
}  # fmt: skip
NAMED = {name: code for code, row in _NAMES.items() for name in row.split("|")}
# Names that are also other words: they count only behind digits in groups.
WEAK = frozenset(("won", "lei", "rand", "rands", "dong"))
