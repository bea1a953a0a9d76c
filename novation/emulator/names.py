"""Invented companies and people in five languages, with the letters and lengths that break software."""

from __future__ import annotations

import unicodedata
from random import Random

# country -> (language, culture, calling code, cities with postal codes)
COUNTRIES: dict[str, tuple[str, str, str, tuple[tuple[str, str], ...]]] = {
    "DE": ("de", "de-DE", "49", (("München", "80331"), ("Köln", "50667"), ("Düsseldorf", "40213"),
                                ("Görlitz", "02826"))),
    "AT": ("de", "de-AT", "43", (("Wien", "1010"), ("St. Pölten", "3100"), ("Graz", "8010"))),
    "CH": ("de", "de-CH", "41", (("Zürich", "8001"), ("Genève", "1201"), ("Bern", "3011"))),
    "FR": ("fr", "fr-FR", "33", (("Orléans", "45000"), ("Saint-Étienne", "42000"), ("Lyon", "69001"))),
    "BE": ("fr", "fr-BE", "32", (("Liège", "4000"), ("Namur", "5000"))),
    "ES": ("es", "es-ES", "34", (("Cádiz", "11001"), ("A Coruña", "15001"), ("Málaga", "29001"))),
    "CZ": ("cs", "cs-CZ", "420", (("Plzeň", "301 00"), ("České Budějovice", "370 01"), ("Děčín", "405 02"))),
    "GB": ("en", "en-GB", "44", (("Bristol", "BS1 4DJ"), ("Stoke-on-Trent", "ST1 1DR"), ("York", "YO1 7HH"))),
    "IE": ("en", "en-IE", "353", (("Galway", "H91 X0AD"), ("Cork", "T12 W8KP"))),
    "NL": ("en", "nl-NL", "31", (("Utrecht", "3511"), ("'s-Hertogenbosch", "5211"))),
    "US": ("en", "en-US", "1", (("Buffalo", "14201"), ("Coeur d'Alene", "83814"))),
}  # fmt: skip
# The United States are outside the sales region of both partners: the odd customer that cannot be moved.
COUNTRY_WEIGHTS = (340, 80, 80, 120, 40, 100, 80, 100, 30, 30, 7)
REGION = frozenset(COUNTRIES) - {"US"}

_FIRST: dict[str, tuple[str, ...]] = {
    "de": (
        "Jürgen",
        "Käthe",
        "Björn",
        "Marlene",
        "Özlem",
        "Sören",
        "Uta",
        "Heinz-Günther",
        "Anneliese",
        "Felix",
    ),
    "fr": (
        "Élodie",
        "François",
        "Anaïs",
        "Jérôme",
        "Noël",
        "Marie-Thérèse",
        "Hélène",
        "Loïc",
        "Camille",
        "Yves",
    ),
    "es": ("Íñigo", "María José", "Begoña", "Álvaro", "Núria", "Joaquín", "Inés", "Raúl", "Pilar", "Tomás"),
    "cs": ("Jiří", "Zdeňka", "Ondřej", "Růžena", "Šárka", "Tomáš", "Žaneta", "Václav", "Petra", "Luděk"),
    "en": ("Oliver", "Siobhán", "Grace", "Amir", "Chloë", "Callum", "Priya", "Zoe", "Niamh", "Harriet"),
}
_LAST: dict[str, tuple[str, ...]] = {
    "de": (
        "Müller",
        "Weiß",
        "Schäfer",
        "von der Mühlen",
        "Grünewald-Öztürk",
        "Jäger",
        "Kühn",
        "Brandt",
        "Löwe",
    ),
    "fr": ("Lefèvre", "Garçon", "Dupré", "d'Arbois", "Le Goff", "Béranger", "Gauthier", "Hérault", "Chénier"),
    "es": (
        "Núñez",
        "Ibáñez",
        "de la Peña",
        "Muñoz Castaño",
        "Güell",
        "Ortega",
        "Sáenz",
        "Échevarría",
        "Ríos",
    ),
    "cs": ("Dvořák", "Nováková", "Řezníček", "Šťastný", "Kučerová", "Žižka", "Čermák", "Příhoda", "Bartoš"),
    "en": (
        "O'Sullivan",
        "Whitfield",
        "Featherstonehaugh",
        "Okafor",
        "Ashworth",
        "Llewellyn",
        "Hughes",
        "Byrne",
    ),
}
_SECTORS: dict[str, tuple[tuple[str, str], ...]] = {
    "de": (("Bäckerei", "food"), ("Ingenieurbüro", "engineering"), ("Steuerkanzlei", "tax"),
           ("Tierarztpraxis", "health"),
           ("Malerbetrieb", "trade"), ("Spedition", "logistics"), ("Gärtnerei", "farming"), ("Möbelhaus", "retail")),
    "fr": (("Boulangerie", "food"), ("Cabinet d'études", "engineering"), ("Menuiserie", "trade"),
           ("Pépinière", "farming"),
           ("Transports", "logistics"), ("Cabinet dentaire", "health"), ("Librairie", "retail"), ("Notaires", "law")),
    "es": (("Panadería", "food"), ("Estudio de ingeniería", "engineering"), ("Asesoría", "tax"), ("Clínica", "health"),
           ("Transportes", "logistics"), ("Viñedos", "farming"), ("Ferretería", "retail"), ("Diseño", "design")),
    "cs": (("Pekařství", "food"), ("Projekční kancelář", "engineering"), ("Účetnictví", "tax"), ("Lékárna", "health"),
           ("Truhlářství", "trade"), ("Doprava", "logistics"), ("Knihkupectví", "retail"), ("Zahradnictví", "farming")),
    "en": (("Bakery", "food"), ("Engineering", "engineering"), ("Accountants", "tax"), ("Veterinary Surgery", "health"),
           ("Joinery", "trade"), ("Haulage", "logistics"), ("Nurseries", "farming"), ("Chambers", "law")),
}  # fmt: skip
_ENDINGS: dict[str, tuple[str, ...]] = {
    "DE": ("GmbH", "GmbH & Co. KG", "e.K.", "AG", "UG (haftungsbeschränkt)"),
    "AT": ("GmbH", "OG", "e.U."),
    "CH": ("AG", "GmbH", "SA"),
    "FR": ("SARL", "SAS", "SA", "et Fils"),
    "BE": ("SRL", "SA"),
    "ES": ("S.L.", "S.A.", "S.L.U.", "y Asociados"),
    "CZ": ("s.r.o.", "a.s.", "spol. s r.o."),
    "GB": ("Ltd", "LLP", "& Sons", "Group plc"),
    "IE": ("Ltd", "DAC"),
    "NL": ("B.V.", "N.V."),
    "US": ("Inc.", "LLC"),
}
# Rare, but every one of them has broken a form, a column or a mail header somewhere.
_LONG = {
    "de": "Arbeitsgemeinschaft der Wasserversorgungs- und Abwasserbeseitigungsunternehmen",
    "fr": "Société coopérative d'utilisation de matériel agricole de la vallée de l'Huveaune",
    "es": "Confederación Hidrográfica y Comunidad General de Regantes del Guadalquivir",
    "cs": "Zemědělské obchodní družstvo Křížová u Přibyslavi a okolních obcí",
    "en": "The Worshipful Company of Instrument Makers, Restorers and Repairers of the North",
}
_FOLD = str.maketrans(
    {"ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "æ": "ae", "œ": "oe", "’": "", "'": ""}
)


def ascii_folded(text: str) -> str:
    """Lower case ASCII letters, digits and single hyphens, for domains and mail addresses."""
    if text.isascii():
        plain = text.replace("'", "")
    else:
        plain = unicodedata.normalize("NFKD", text.translate(_FOLD)).encode("ascii", "ignore").decode()
    return "-".join("".join(c if c.isalnum() else " " for c in plain).lower().split())


def company(draw: Random, country: str) -> tuple[str, str]:
    """An invented company name and its sector. About one in eighty is very long."""
    language = COUNTRIES[country][0]
    kind, sector = draw.choice(_SECTORS[language])
    surname = draw.choice(_LAST[language])
    ending = draw.choice(_ENDINGS[country])
    roll = draw.random()
    if roll < 0.0125:
        return f"{_LONG[language]} {ending}", sector
    if roll < 0.3:
        return f"{kind} {surname} & {draw.choice(_LAST[language])} {ending}", sector
    if language == "en":
        return f"{surname} {kind} {ending}", sector
    return f"{kind} {surname} {ending}", sector


def person(draw: Random, language: str) -> tuple[str, str]:
    """An invented first and last name."""
    return draw.choice(_FIRST[language]), draw.choice(_LAST[language])
