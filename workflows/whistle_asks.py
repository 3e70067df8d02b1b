"""What the steps of whistles and of their calls ask, and the words they share: kinds, grounds, what departments are called for."""

from workflows.asks import CONTACT_WAYS, NOTE, REASON, choice, file, full_text, longtext, one_of, text
from workflows.clock_steps import RUNG_FIRED
from workflows.model import Field

KIND_ORDER = ("ordinary", "key", "hard")  # an upgrade goes one on
KINDS = one_of(ordinary="Ordinary whistle", key="Key whistle", hard="Hard whistle")
AT_ONCE = "emergency"  # the ground on which all goes at once
GROUNDS = one_of(
    demand="Residents press for it, the street cannot do it alone",
    enforcement="Enforcement for which the street has no power",
    emergency="Emergency: at once",
)
SUBJECTS = one_of(
    city="Street vending, refuse, city looks", building="Illegal building", environment="Noise, smell, water, air",
    fire="Fire safety", safety="Work safety", market="Shops, food, prices", housing="Housing and property",
    police="Public order and traffic", utilities="Roads, water, gas, power", labour="Wages and work",
    land="Land and fields", welfare="Health, schools, welfare", other="Something else",
)
PARTS = one_of(lead="Lead unit", helping="Helping unit")
ANSWERED_WHEN = one_of(all="All units are done", lead="The lead unit is done")
BASES = one_of(
    list="The list of powers names another unit", law="A law or regulation names another unit",
    place="It lies outside our place", earlier="An earlier ruling on such a matter", other="Something else",
)
RESULTS = one_of(solved="Solved", partly="Partly solved", explained="Cannot be done; the reason was told")
VERIFIED = one_of(visit="Looked at on the spot", phone="By telephone", papers="By papers and photos")
RIGHTLY = one_of(yes="Rightly blown, the right unit", unit="Rightly blown, the wrong unit", no="The street could do it alone")

KIND = choice("kind", "Kind of whistle", KINDS, into="detail")
SUBJECT = choice("subject", "Field of duty", SUBJECTS, into="detail")
PLACE = text("place", "Where", required=False, into="detail")
TITLE = text("title", "Title", required=False, into="case")
WHAT = full_text("What is asked of the departments")

BLOW = (
    WHAT, TITLE, Field("area_id", "area", "Area", into="case"), PLACE, KIND,
    choice("ground", "Why departments are needed", GROUNDS, into="detail"), SUBJECT,
    Field("lead_department_id", "department", "Lead unit", into="detail"),
    Field("helpers", "departments", "Helping units", required=False, into="detail"),
    choice("answered_when", "The whistle is answered when", ANSWERED_WHEN, into="detail"),
)
CALL = (
    WHAT, TITLE, PLACE, KIND, SUBJECT, choice("part", "Part", PARTS, into="detail"),
    Field("department_id", "department", "Department", into="case"),
    choice("fixed", "Fixed by", one_of(list="The list of fixed units", ruling="A ruling", arbitration="A decision of the street"),
           required=False, into="detail"),
)
ADD = (Field("department_id", "department", "Department"), REASON)
SIGN = (text("contact_person", "Who will see to it", required=False),)
CONTACT = (choice("way", "How", CONTACT_WAYS), longtext("note", "Note", required=False))
REPORT = (NOTE, file("photo", "Photo on the spot", required=False))
INTERIM = (longtext("note", "How far it is, and why it is not finished"),)
FINISH = (choice("result", "Result", RESULTS, into="detail"), longtext("note", "What the unit did"),
          file("photo", "Photo or document", required=False))
OBJECT = (
    choice("basis", "Basis", BASES, into="detail"),
    Field("competent_id", "department", "The competent unit", into="detail"), REASON,
)
GIVE = (Field("given_to_id", "department", "The unit in charge instead", into="detail"), REASON)
NOT_SOLVED = (Field("department_id", "department", "Whose work is not done"), REASON)
CLOSE = (choice("verified", "How it was verified", VERIFIED), longtext("note", "What was found"))
SENT_BACK = (longtext("reason", "Reason", required=False),)
SCORE = "1 is poor, 5 is good."
APPRAISE_UNIT = (
    Field("speed", "integer", "How quickly it came", minimum=1, maximum=5, hint=SCORE, into="detail"),
    Field("outcome", "integer", "What came of it", minimum=1, maximum=5, hint=SCORE, into="detail"),
    longtext("words", "In your own words", required=False),
)
APPRAISE_WHISTLE = (choice("rightly", "Was it rightly blown", RIGHTLY, into="detail"),
                    longtext("words", "In your own words", required=False))
NEW_KIND = (KIND,)
LATE = RUNG_FIRED
