"""What the steps of the petition process ask. The steps themselves stand in petition.py."""

from workflows import dispute_asks as shared
from workflows.asks import CONTACT_WAYS, EXPLANATION, REASON, choice, file, full_text, longtext, on_date, one_of, party, text, yes_no
from workflows.model import Field

KINDS = one_of(advice="Suggestion or opinion", accusation="Accusation", claim="Appeal or claim")  # art. 17; 29, 30, 31
FORMS = one_of(online="Online", letter="By letter", call="By telephone", fax="By fax", visit="In person")  # art. 17, 21
SUBJECTS = one_of(  # first level of the content classification, list of 2023 (sources 1.3)
    farming="Countryside and farming", market="Market supervision", land="Natural resources", building="Building and planning",
    environment="Environment", labour="Work and social security", traffic="Traffic and transport", health="Health",
    housing="Housing and property management", economy="Economy", culture="Culture, sports and tourism",
    government="Party and government affairs", personnel="Personnel and organisation", science="Science and information industry",
    military="Military affairs", civil_affairs="Civil affairs and emergencies", education="Education",
    justice="Police, courts and justice", discipline="Discipline inspection", other="Other",
)
OUTCOMES = one_of(support="Supported", explain="Explained", not_support="Not supported")  # art. 32
SECOND = one_of(upheld="Opinion upheld", changed="Opinion changed", revoked="Opinion revoked")  # arts 35, 36
DELIVERY = one_of(
    handed="Handed over", post="By post", left="Left at the address", online="Online", public="By public notice")
OFFICES = one_of(street="Street Party committee and office", department="The department in charge", joint="Office of the joint meeting",
                 higher="The petition office above", national="The national petition office")  # art. 25
LITIGATION = one_of(
    judicial="Court, procuratorate or police procedure", arbitration="Arbitration", party_appeal="Appeal within the Party",
    administrative="Administrative procedure, review included", duty="Application to perform a legal duty", other="Other")  # art. 31(1)-(5)
DEPARTMENT = Field("department_id", "department", "Department", into="case")
KIND = choice("kind", "Category of the petition", KINDS, into="detail")
RECEIVED_ON = on_date("received_on", "Received on", required=False, into="detail", hint="Left empty: today.")
REPORT_BY = on_date("report_by", "Report the result by", into="detail")
ORDER = longtext("order", "What the organ is to do", required=False)
PARTY = party(label="Petitioner")
ACCUSED = (
    Field("accused", "accounts", "Persons accused who work here", required=False,
          hint="They, and where they lead or answer for an office everybody there, see nothing of it from this moment."),
    Field("accused_department_id", "department", "Department accused", required=False),
    Field("accused_area_id", "area", "Community or place accused", required=False),
)
REGISTER = (
    full_text("What the petitioner asks, with facts and reasons"),  # art. 19
    shared.AREA,
    Field("name", "text", "Petitioner", required=False, maximum=80),
    shared.PHONE,
    shared.ADDRESS,
    choice("kind", "Category of the petition", KINDS, required=False, into="detail",
           hint="Of an accusation, say below whom it accuses before you register it."),
    choice("form", "How it came", FORMS, required=False, into="detail"),
    Field("visitors", "integer", "Number of people who came or signed", required=False, minimum=1, maximum=100_000, into="detail"),
    RECEIVED_ON,
    choice("subject", "Subject", SUBJECTS, required=False, into="detail"),
    shared.TITLE,
    text("external_number", "Outside number", required=False, into="detail"),
    yes_no("confidential", "Confidential", required=False, into="case"),
    *ACCUSED,
)
KEEP = (KIND, longtext("note", "Note", required=False))
TRANSFER = (KIND, DEPARTMENT, ORDER)
ASSIGN = (KIND, DEPARTMENT, REPORT_BY, ORDER)
REPORT_UP = (text("to_whom", "Reported to"), REASON)
REFER = (
    choice("path", "Procedure", LITIGATION), text("body", "Body in charge"), longtext("told", "What the petitioner was told"),
    on_date("notified_on", "Petitioner told on"), EXPLANATION,
)
REFER_ACCUSATION = (
    text("body", "Body in charge", hint="The discipline inspection, or the organ in charge of the person or unit accused."),
    text("receipt_number", "Number of the receipt"), file("receipt", "Receipt", required=False),
    longtext("note", "Note", required=False),
)
OBJECT = (
    Field("reason", "longtext", "Detailed reasons", minimum=10, maximum=2000),
    text("competent", "Competent unit", required=False),
)
AGREE_RETURN = (longtext("note", "Note", required=False),)
SEVERAL = (
    choice("way", "How it was decided", one_of(
        negotiated="The organs agreed", superior="Their common superior decided", joint="The joint meeting decided")),  # art. 24
    text("decided_by", "Who decided"), REASON, DEPARTMENT,
    longtext("helping", "Organs that help", required=False),
)
ACCEPT = (KIND, *shared.FACT_QUESTIONS)
REFUSE = (
    choice("ground", "Legal ground", one_of(
        with_superior="Already with the organ above", other_procedure="In litigation, arbitration, review or another procedure",
        in_petition="In handling, recheck or review already", ended="Ended after handling, recheck and review",
        hotline="The same matter is with the hotline", other="Other")),  # arts 19, 31, 36; BJ 11
    longtext("told", "What the petitioner was told"), on_date("notified_on", "Petitioner told on"),
    choice("delivery", "How it was delivered", DELIVERY), text("known_number", "Number of the known matter", required=False),
    EXPLANATION,
)
NOTICE = (
    on_date("notified_on", "Petitioner told on"), choice("delivery", "How it was delivered", DELIVERY),
    longtext("told", "What the petitioner was told", required=False, hint="What was received, the path and the procedure."),
    file("proof", "Proof of service", required=False),
)
EXEMPT = (
    choice("ground", "Reason", one_of(unknown="Name unclear", no_address="Address unclear, no other way to reach")),  # art. 23
    REASON,
)
SIMPLE = (REASON,)
SUSPEND = (
    choice("ground", "Reason", one_of(
        appraisal="Appraisal or survey under way", evidence="Waiting for evidence", absence="The petitioner is ill or away",
        procedure="Waiting for another procedure", petitioner="The petitioner asks for time", other="Other")),
    on_date("until_on", "Until"), EXPLANATION,
)
EXTEND = (shared.LENGTH, REASON, on_date("told_on", "Petitioner told of the reason on"))
OPINION = (  # art. 32
    longtext("claims", "Claims of the petitioner"), longtext("facts_and_reasons", "Facts and reasons"),
    longtext("opinion", "Opinion"), longtext("legal_basis", "Legal basis"),
    choice("outcome", "Result", OUTCOMES, into="detail"),
    text("recheck_organ", "Organ for the recheck", required=False, hint="Left empty: the organ one level up."),
    file("opinion_file", "Signed opinion", required=False),
)
SECOND_OPINION = (
    choice("second_outcome", "Result", SECOND), longtext("opinion", "Opinion"), longtext("legal_basis", "Legal basis"),
    text("paper", "Number of the paper", required=False), file("opinion_file", "Signed opinion", required=False),
)
DELIVER = (
    on_date("delivered_on", "Delivered on"), choice("delivery", "How it was delivered", DELIVERY),
    file("proof", "Proof of service", required=False), longtext("note", "Note", required=False),
)
ASK_AGAIN = (
    on_date("asked_on", "Request received on"), longtext("statement", "The petitioner's own words"),
    file("proof", "Request", required=False),
)
HEARING = (on_date("until_on", "Until"), text("place", "Place of the hearing", required=False), longtext("note", "Note", required=False))
AGREEMENT = (
    choice("agreement_kind", "Kind", one_of(mediation="Agreement by mediation", reconciliation="Reconciliation agreement")),  # art. 33
    longtext("terms", "What was agreed"), shared.IN_FORCE,
    file("signed", "Signed agreement", required=False, hint="Signed by both sides."),
)
REPLY = (
    longtext("reply", "Reply"), choice("adopted", "Suggestion adopted", one_of(yes="Adopted", part="Adopted in part", no="Not adopted"), required=False),
    on_date("notified_on", "Petitioner told on"), choice("delivery", "How it was delivered", DELIVERY),
)
RESULT = (longtext("result", "Result"), file("report", "Report", required=False))
URGENT = (longtext("what", "What is urgent or serious"),)
REPORT_URGENT = (
    Field("told_to", "choices", "Reported to", choices=OFFICES), longtext("what", "What was reported"),
    file("report", "Report", required=False),
)
RECEPTION = (
    text("leader", "Leader who received"), on_date("received_by_leader_on", "Date"), longtext("said", "What was said"),
    longtext("promised", "What was promised", required=False),
)
NEW_FACTS = (longtext("new_facts", "New facts or reasons"), REASON)
SUPERVISE = (
    choice("ground", "Ground", one_of(
        acceptance="Rules on acceptance or handling broken", stalling="Shirking, stalling or pretence",
        late="Overdue without reason", unreported="Result not reported", procedure="Wrong procedure",
        not_executed="The opinion is not carried out", other="Other")),  # art. 40; XF05 36
    REASON, EXPLANATION,
)
RATING = (
    choice("satisfaction", "Satisfaction", one_of(
        satisfied="Satisfied", fairly="Fairly satisfied", dissatisfied="Dissatisfied"), into="detail"),
    longtext("words", "The petitioner's own words", required=False),
)
CARE = (choice("way", "How", CONTACT_WAYS), longtext("what", "What was done"))
DISPUTE = (
    shared.AREA, longtext("note", "Note", required=False), yes_no("both_agree", "Both sides agree to mediation"),
)
VISITORS = (Field("visitors", "integer", "Number of people who came or signed", minimum=1, maximum=100_000, into="detail"),)
