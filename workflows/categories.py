"""The two public classifications: kinds of dispute (national code list, two levels) and the content
classification of petitions (three levels, 517 rows, rules/petition_categories.csv). Data only; what a
message is filed under is read in triage.py, which team takes it stands in rules/default.toml [teams].
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

PETITION_FILE = Path(__file__).parent / "rules" / "petition_categories.csv"
GENERAL_TEAM = "general"

# Source: national code of dispute categories (sources 5.2). Two digits are a class, four a category of it.
DISPUTE_CATEGORIES = {
    "01": "Marriage and family",
    "0101": "Love and marriage",
    "0102": "Support, upbringing and guardianship",
    "0103": "Division of family property and inheritance",
    "0199": "Marriage and family, other",
    "02": "Neighbours",
    "0201": "Water, drainage, passage, air and light",
    "0202": "Use of adjoining land and buildings",
    "0203": "Nuisance and pollution between neighbours",
    "0299": "Neighbours, other",
    "03": "Rights of the person",
    "0301": "Name and likeness",
    "0302": "Reputation and privacy",
    "0303": "Bodily harm and personal freedom",
    "0399": "Rights of the person, other",
    "04": "Property rights",
    "0401": "Return of or damage to property",
    "0402": "Property management",
    "0403": "Registration of real estate",
    "0499": "Property rights, other",
    "05": "Liability for harm",
    "0501": "Schools and kindergartens",
    "0502": "Medical harm",
    "0503": "Traffic accidents",
    "0504": "Environmental pollution",
    "0505": "Product liability",
    "0506": "Harm through the internet",
    "0507": "Harm while rendering services",
    "0599": "Liability for harm, other",
    "06": "Contracts",
    "0601": "Consumption and services",
    "0602": "Sale and lease of houses",
    "0603": "Trade",
    "0604": "Transport and storage",
    "0699": "Contracts, other",
    "07": "Labour and personnel",
    "0701": "Labour contracts and dispatch",
    "0702": "Social insurance",
    "0703": "Pay and benefits",
    "0704": "Personnel disputes",
    "0799": "Labour and personnel, other",
    "08": "Finance and loans",
    "0801": "Securities, funds and futures",
    "0802": "Investment, trusts and wealth products",
    "0803": "Insurance",
    "0804": "Loans and guarantees",
    "0899": "Finance and loans, other",
    "09": "Land and natural resources",
    "0901": "Contracted land",
    "0902": "House sites",
    "0903": "Forests and minerals",
    "0904": "Waters and irrigation",
    "0999": "Land and natural resources, other",
    "10": "Other civil and commercial matters",
    "1001": "Intellectual property",
    "1002": "Founding and dissolving companies",
    "1003": "Maritime matters",
    "1004": "Competition",
    "1005": "Bills and letters of credit",
    "1006": "Unjust enrichment and uncommissioned agency",
    "1099": "Civil and commercial, other",
    "11": "Town and country building",
    "1101": "Expropriation of houses on state land",
    "1102": "Taking of rural collective land",
    "1103": "Planning and demolition of illegal buildings",
    "1104": "Infrastructure and town works",
    "1105": "Resettlement of migrants",
    "1199": "Town and country building, other",
    "12": "Civil affairs",
    "1201": "Village and community elections and administration",
    "1202": "Special care and relief",
    "1203": "Boundaries",
    "1299": "Civil affairs, other",
    "13": "Other administrative enforcement",
    "1301": "City administration",
    "1302": "Education, culture and sport",
    "1303": "Industry, commerce and tax",
    "1304": "Work safety",
    "1305": "Transport",
    "1306": "Shipping and fishing",
    "1307": "Family planning",
    "1399": "Administrative enforcement, other",
    "14": "Law enforcement and lawsuits",
    "1401": "Police",
    "1402": "Procuratorates",
    "1403": "Courts",
    "1404": "Judicial administration",
    "15": "Organisation and discipline",
    "1501": "Personnel",
    "1502": "Conduct of officials",
    "1599": "Organisation and discipline, other",
    "16": "Ethnic and religious matters",
    "1601": "Ethnic matters",
    "1602": "Religious matters",
    "99": "Other",
}

# Source: types of people's mediation cases for the statistics (sources 2.2: two public systems agree).
STATISTICS_TYPES = {
    "01": "Marriage and family",
    "02": "Neighbours",
    "03": "Houses and house sites",
    "04": "Contracts",
    "05": "Production and business",
    "06": "Compensation for harm",
    "07": "Forests and land",
    "08": "Expropriation and demolition",
    "09": "Environmental pollution",
    "10": "Labour",
    "11": "Tourism",
    "12": "Consumption",
    "13": "Medical care",
    "14": "Road traffic",
    "15": "Property management",
    "16": "Intellectual property",
    "17": "The internet",
    "99": "Other",
}

# Which statistics type a dispute category counts as: default, four digits win over two; all else is "99".
STATISTICS_OF = {
    "01": "01", "02": "02", "03": "06", "0401": "06", "0402": "15", "0403": "03", "05": "06", "0502": "13", "0503": "14",
    "0504": "09", "0506": "17", "06": "04", "0601": "12", "0602": "03", "07": "10", "08": "04", "09": "07", "0902": "03",
    "1001": "16", "1002": "05", "1004": "05", "1005": "04", "1101": "08", "1102": "08", "1105": "08", "1304": "05",
}


@dataclass(frozen=True, slots=True)
class PetitionCategory:
    """One row of the petition classification; `code` has two digits per level, in the order of the file."""

    code: str
    level_1: str
    level_2: str
    level_3: str


def load_petition_categories(path: Path = PETITION_FILE) -> tuple[PetitionCategory, ...]:
    """All rows, in the order of their codes. Raises ValueError for a doubled code or an empty name."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = tuple(PetitionCategory(**row) for row in csv.DictReader(file))
    if len({row.code for row in rows}) != len(rows):
        raise ValueError(f"{path.name}: a code occurs twice")
    if not all((row.level_1 and row.level_2 and row.level_3) for row in rows):
        raise ValueError(f"{path.name}: a level has no name")
    return rows


def petition_level_1(rows: Iterable[PetitionCategory]) -> tuple[str, ...]:
    """The names of the first level, each once, in the order of the file."""
    return tuple(dict.fromkeys(row.level_1 for row in rows))


def statistics_type(category: str) -> str:
    """The statistics type a dispute category counts as; "99" for none. Raises KeyError for an unknown category."""
    DISPUTE_CATEGORIES[category]
    return STATISTICS_OF.get(category) or STATISTICS_OF.get(category[:2], "99")


def team_for(category: str, rules: Mapping) -> str:
    """The key of the mediation team that takes a dispute category, else the general team.

    Four digits named by a team win over the two digits of the class.
    """
    for length in (4, 2):
        for key, team in rules["teams"].items():
            if category[:length] in team["categories"] and len(category) >= length:
                return key
    return GENERAL_TEAM


def check_teams(rules: Mapping) -> None:
    """Refuse a section [teams] with unknown or doubly taken categories, or no general team. Raises ValueError."""
    taken: dict[str, str] = {}
    for key, team in rules["teams"].items():
        if not isinstance(team.get("label"), str) or not isinstance(team.get("categories"), list):
            raise ValueError(f"[teams.{key}]: needs a label and a list of categories")
        for code in team["categories"]:
            if code not in DISPUTE_CATEGORIES:
                raise ValueError(f"[teams.{key}]: {code} is not a dispute category")
            if taken.setdefault(code, key) != key:
                raise ValueError(f"[teams.{key}]: {code} is already taken by {taken[code]}")
    if GENERAL_TEAM not in rules["teams"]:
        raise ValueError(f"[teams]: the team {GENERAL_TEAM} is missing")
