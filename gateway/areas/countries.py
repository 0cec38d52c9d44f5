"""The countries and territories of ISO 3166-1, by two letters; Babel names them in the reader's language."""

COUNTRIES = frozenset(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY
    BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK
    FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR
    IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK
    ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM
    PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF
    TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
    """.split()  # noqa: SIM905 - a list to be read, not a literal to be counted
)

DOMESTIC = frozenset({"CN", "HK", "MO", "TW"})
"""Named as divisions of the gazetteer, never offered as a country beside them."""

SPOKEN_NAMES = {
    "US": ("USA", "America"),
    "GB": ("UK", "Britain", "England"),
    "KR": ("Korea, South", "South Korea"),
    "KP": ("Korea, North", "North Korea"),
    "AE": ("UAE", "Dubai", "迪拜"),
    "RU": ("俄国",),
    "MM": ("Burma",),
    "CZ": ("Czech Republic",),
    "CI": ("Ivory Coast",),
    "LA": ("Laos",),
    "VN": ("Viet Nam",),
}
"""What people say and Babel does not: names beside the official ones."""


def country_names(territories: dict[str, str]) -> dict[str, str]:
    """`{name: ISO code}` for a lookup by name, from one locale's territories (`Locale(...).territories`)."""
    names = {territories[code].casefold(): code for code in COUNTRIES if code in territories}
    for code, spoken in SPOKEN_NAMES.items():
        for name in spoken:
            names.setdefault(name.casefold(), code)
    return names
