"""Sources of law in words: how the workflows abbreviate them, and how a page says them."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

SOURCES = {  # how the workflows abbreviate (docs/sources.md)
    "TJ": _l("People's Mediation Law, article %(article)s"),
    "75": _l("Ministry of Justice order 75, article %(article)s"),
    "NB": _l("Ningbo mediation regulation, article %(article)s"),
    "SZ": _l("Shenzhen mediation regulation, article %(article)s"),
    "SD": _l("Shandong mediation regulation, article %(article)s"),
    "TY": _l("Rules on court-invited mediation, article %(article)s"),
    "SFQR": _l("Interpretation on court confirmation, article %(article)s"),
    "MSF": _l("Civil Procedure Law, article %(article)s"),
    "MSJS": _l("Civil Procedure Interpretation, article %(article)s"),
    "XF": _l("Petition Work Regulation, article %(article)s"),
    "BJ": _l("Beijing regulation on handling complaints at once, article %(article)s"),
    "WF": _l("Weifang 12345 regulation, article %(article)s"),
    "JN": _l("Jinan 12345 regulation, article %(article)s"),
    "NJ": _l("Whistle scheme of Gulou, Nanjing"),
    "KM": _l("Whistle scheme of Guandu, Kunming"),
    "YH": _l("Whistle scheme of Yihuang"),
    "sources": _l("common practice of several places"),
    "default": _l("a local choice"),
}  # fmt: skip


def say_source(source: str) -> str:
    """Where a length comes from, without abbreviations."""
    said = []
    for part in source.split(";"):
        law, _, article = part.strip().replace("art. ", "").partition(" ")
        said.append(str(SOURCES[law]) % {"article": article.replace(", ", gettext(", "))})
    return gettext("; ").join(said)
