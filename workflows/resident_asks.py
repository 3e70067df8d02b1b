"""What the residents' door asks of the person whose matter it is. Plain questions, none of them needed twice."""

from workflows.asks import LONG, file, longtext, one_of, choice, party
from workflows.model import Field

WORDS = Field("words", "longtext", "In the person's own words", minimum=2, maximum=LONG)
PHOTOS = tuple(file(name, "Photo", required=False) for name in ("photo", "photo_2", "photo_3"))
ADDED = (longtext("words", "In the person's own words", required=False), *PHOTOS)
RATED = (
    choice("resident_rating", "Rating", one_of(
        satisfied="Satisfied", fairly="Fairly satisfied", dissatisfied="Dissatisfied"), into="fact"),
    longtext("words", "In the person's own words", required=False),
)  # who says nothing has not rated (house rule 5)
OBJECTED = (WORDS, party(required=False))
WITHDRAWN = (WORDS,)
WITHDRAWN_BY_PARTY = (WORDS, party())
BY_CODE = one_of(code="One-time code")
CONSENT = (
    party(),
    choice("consent", "Mediation", one_of(
        given="Agrees to mediation", refused="Refuses mediation", withdrawn="Withdraws consent")),
    choice("evidence", "Evidence", BY_CODE),
)
