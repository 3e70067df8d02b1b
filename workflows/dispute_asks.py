"""What the steps of the dispute process ask. The steps themselves stand in dispute.py."""

from workflows.asks import (
    CHANNELS,
    CONTACT_WAYS,
    EVIDENCE,
    EXPLANATION,
    PATHS,
    REASON,
    choice,
    fact_fields,
    file,
    full_text,
    longtext,
    on_date,
    one_of,
    party,
    text,
    yes_no,
)
from workflows.categories import DISPUTE_CATEGORIES, STATISTICS_TYPES
from workflows.model import Choice, Field

CLAUSES = 8000  # characters: all clauses of an agreement together
CATEGORIES = tuple(Choice(code, label) for code, label in DISPUTE_CATEGORIES.items())
TYPES = tuple(Choice(code, label) for code, label in STATISTICS_TYPES.items())
TIER_CHOICES = one_of(yellow="Yellow", orange="Orange", red="Red")
SIDES = one_of(applicant="Applicant", respondent="Other side", reporter="Reporter")
FOUND_BY = one_of(
    inspection="Found on the round", application="Application by a party", own_motion="Own motion of the committee",
    report="Reported by residents", hotline="Hotline 12345", police="Referred by the police",
    court="Entrusted by the court", petition="From a petition", superior="From above", other="Other",
)
SCALES = one_of(**{"01": "Individual matter", "02": "Group, ordinary", "03": "Group, serious"})  # GB/T 31000 (sources 5.2)
TRIGGERS = one_of(
    people_involved="Number of people", all_owners="All owners or residents", money_at_issue="Money at issue",
    several_grids="Several grids", several_communities="Several communities", nature="Nature of the matter",
    category="Kind of dispute", old_matter="Over a year old", legacy_matter="Left over from earlier years",
    sessions_failed="Failed sessions", refused_before="Refused before", unanswered_before="Not answered before",
    several_departments="Several departments", group_visit="Group visit announced",
    threat_of_violence="Threat of violence", threat_of_self_harm="Threat of self-harm", public_danger="Public danger",
    injury="Injury", police_called="Police calls", wages_unpaid="Unpaid wages", in_the_media="In the media",
    sensitive_date="Sensitive date",
)
PLACE = text("place", "Where it happened", required=False, into="detail")
TITLE = text("title", "Title", required=False, into="case")
HANDLER = Field("handler_id", "account", "Mediator", into="case")
TEAM = Field("team_id", "team", "Team", required=False, into="case")
AREA = Field("area_id", "area", "Area", into="case")
TIER = choice("tier", "Warning tier", TIER_CHOICES)
LENGTH = Field("length", "length", "Extension", hint="For example 7 days")
PARTIES_AGREE = yes_no("parties_agree", "Both parties agree")
PHOTO = file("photo", "Photo of the handwritten record", required=False)
PROOF = file("proof", "Evidence", required=False)
FACT_QUESTIONS = fact_fields()
SAFETY = yes_no(
    "safety_concern", "Is anybody afraid of the other side, or in danger?", required=False, into="fact",
    hint="Ask each party alone. Family disputes start with this question.",
)
BODIES = Field(
    "bodies_told", "choices", "Bodies told of the safety concern", required=False, choices=one_of(
        police="The police", women="Women's federation", civil_affairs="Civil affairs office", hospital="Hospital"),
)
NEWS = (*FACT_QUESTIONS, SAFETY, BODIES)

REGISTER = (
    full_text("What happened"),
    AREA,
    PLACE,
    TITLE,
    choice("category", "Kind of dispute", CATEGORIES, required=False, into="case"),
    choice("channel", "Channel", CHANNELS, required=False, into="case"),
    choice("found_by", "Source", FOUND_BY, required=False, into="detail"),
    on_date("occurred_on", "Date it began", required=False, into="detail"),
    yes_no("confidential", "Confidential", required=False, into="case"),
    Field("told_by", "text", "Told by", required=False, maximum=80, hint="Who told it, where you type for somebody else."),
)
ACCEPT = (
    choice("category", "Kind of dispute", CATEGORIES, into="case"),
    choice("statistics_type", "Statistics type", TYPES, required=False, into="detail"),
    choice("scale_code", "Scale", SCALES, required=False, into="detail"),
    SAFETY,
    BODIES,
    *FACT_QUESTIONS,
)
REFUSE = (
    choice("ground", "Legal ground", one_of(
        special_organ="Only another organ may handle it", forbidden="The law forbids mediation",
        court="Court has accepted or decided it", police="Police have handled it",
        other_organ="Another organ has accepted or settled it")),
    choice("path", "Right path", PATHS),
    longtext("told", "What the party was told"),
    yes_no("may_flare_up", "May flare up at any moment"),
    longtext("calmed", "How it was calmed", required=False),
    EXPLANATION,
)
ON_THE_SPOT = (longtext("settlement", "How it was settled"), PHOTO)
RELOCATE = (AREA, PLACE, REASON)
ASSIGN = (HANDLER, TEAM)
ROUTED = (HANDLER, TEAM, longtext("why", "Why this person", required=False))
CHOOSE = (HANDLER, PARTIES_AGREE, choice("evidence", "Evidence", EVIDENCE))
DECLINE = (
    choice("ground", "Reason", one_of(
        interest="Interest in the matter or tie to a party", field="Not my field", load="Too many matters",
        away="Away", other="Other")),
    EXPLANATION,
)
REPLACE = (
    HANDLER,
    choice("ground", "Ground", one_of(
        objection="A party objects to the mediator", relative="Relative of a party or agent",
        interest="Interest in the dispute", relation="Other relation to a party", leave="Away or left the post",
        other="Other")),
    Field("aside_id", "account", "Steps aside for good", required=False),
    EXPLANATION,
)
CONTACT = (party(required=False), choice("way", "How", CONTACT_WAYS), longtext("said", "What was said"))
MODES = one_of(joint="Both parties together", separate="Each party alone")
STARTS_AT = Field("starts_at", "instant", "When it begins", hint="On a full quarter of an hour.")
LASTS = choice("lasts", "How long", one_of(**{
    "30": "Half an hour", "60": "One hour", "90": "An hour and a half", "120": "Two hours", "180": "Three hours",
    "240": "Four hours"}))
ROOM = Field("room_id", "room", "Room", required=False)
VENUE = text("place", "Venue", required=False, hint="Where no room is booked: an office, a home, the spot itself.")
BOOK = (
    STARTS_AT, LASTS, ROOM, VENUE,
    choice("mode", "Kind of session", MODES, required=False),
    Field("parties", "parties", "Parties invited", required=False),
    Field("guests", "accounts", "Colleagues invited", required=False, hint="They get a notice at once, and one if it is moved or cancelled."),
)
REBOOK = (STARTS_AT, LASTS, ROOM, VENUE, REASON)
CALL_OFF = (
    choice("ground", "Reason", one_of(
        party="A party asks for it", absent="A party did not come", mediator="The mediator cannot come",
        room="The room is needed for something else", settled="No session is needed any more", other="Other")),
    EXPLANATION,
)
RIGHTS = (choice("way", "How", one_of(oral="Orally", written="In writing")), PHOTO)
CONSENT = (
    party(),
    choice("consent", "Mediation", one_of(
        given="Agrees to mediation", refused="Refuses mediation", withdrawn="Withdraws consent")),
    choice("evidence", "Evidence", EVIDENCE),
    on_date("consented_on", "Date"),
    PROOF,
)
SESSION = (
    Field("started_at", "instant", "Started"),
    Field("ended_at", "instant", "Ended", required=False),
    text("place", "Venue"),
    longtext("attendees", "People present"),
    choice("mode", "Kind of session", MODES),
    yes_no("rights_informed", "Rights and duties were told", required=False, into="fact"),
    longtext("record", "Record", required=False),
    PHOTO,
    choice("outcome", "Result", one_of(
        agreed="Agreement in sight", failed="No agreement", continued="To be continued")),
    on_date("next_session_on", "Next session on", required=False, into="fact"),
)
TERMS = (  # People's Mediation Law art. 29; order 75 art. 35 adds the place of performance
    longtext("issues", "Main facts, issues and each side's responsibility"),
    Field("terms", "longtext", "What was agreed", maximum=CLAUSES),
    longtext("perform_how", "Way and place of performance"),
)
SIGNED = file("signed", "Signed agreement", hint="Signed by all parties and the mediator, with the committee's seal.")
IN_FORCE = on_date("in_force_on", "Date of the last signature")
WRITTEN = (*TERMS, on_date("perform_on", "To be performed by"), IN_FORCE, SIGNED)
ORAL = (
    *TERMS[:2],
    yes_no("done_on_the_spot", "Performed on the spot"),
    yes_no("written_wanted", "A party asks for a written agreement"),
    PHOTO,
)
PARTIAL = (longtext("terms", "What was agreed"), longtext("open_points", "What remains open"), IN_FORCE, SIGNED)
SUSPEND = (
    choice("ground", "Reason", one_of(
        appraisal="Appraisal or survey under way", evidence="Waiting for evidence",
        absence="A party is ill or away", department="Waiting for a department",
        parties="Both parties ask for time", other="Other")),
    on_date("until_on", "Until"),
    EXPLANATION,
)
FAIL = (
    longtext("why", "Why no agreement was reached"),
    Field("routes", "choices", "Routes told to the parties", choices=one_of(
        arbitration="Arbitration", administrative="Administrative route", court="Court")),
)
TERMINATE = (
    choice("ground", "Ground", one_of(
        refuses="A party refuses or withdraws consent", hopeless="No agreement possible",
        impossible="An event makes mediation impossible", dishonest="Hidden facts, false information or stalling",
        collusion="Suspected collusion", elsewhere="Taken up by court, police or another organ", other="Other")),
    EXPLANATION,
)
WITHDRAW = (
    party(label="Party who withdraws"),
    longtext("statement", "The party's own words"),
    choice("evidence", "Evidence", EVIDENCE),
    PROOF,
)
MOVE = (AREA, REASON)
EXTEND = (LENGTH, REASON)
EXTEND_CAP = (LENGTH, PARTIES_AGREE, choice("evidence", "Evidence", EVIDENCE), REASON)
LOWER = (
    TIER,
    Field("acknowledged", "choices", "Triggers acknowledged", required=False, choices=TRIGGERS,
          hint="They will not raise the matter again unless they grow."),
    REASON,
)
PATRON = (
    Field("patron_id", "account", "Patron", into="case"),
    longtext("plan", "Plan in one paragraph", required=False),
)
APPLY = (
    on_date("applied_on", "Applied on"),
    yes_no("both_jointly", "Both parties apply together"),
    choice("subject", "Subject of the agreement", one_of(
        duties="Payment or other duties", identity="Marriage, adoption or parentage",
        ownership="Ownership or intellectual property", other_procedure="Special procedure")),
    text("court", "Court"),
)
COURT = (on_date("decided_on", "Date of the court's paper"), text("paper", "Number of the court's paper", required=False))
PART = (on_date("done_on", "Performed on"), longtext("what", "What was performed"), PROOF)
PERFORMED = (on_date("done_on", "Performed on"), longtext("what", "What was performed", required=False), PROOF)
BREACH = (party(label="Party in breach"), longtext("what", "What was not performed"), longtext("why", "Why", required=False))
FOLLOW_UP = (
    choice("way", "How", CONTACT_WAYS),
    party(required=False),
    choice("found_performed", "Agreement performed", one_of(
        all="In full", part="In part", none="Not at all", unanswered="No answer"), into="fact"),
    choice("satisfaction", "Satisfaction", one_of(
        satisfied="Satisfied", fairly="Fairly satisfied", dissatisfied="Dissatisfied", unrated="Not rated")),
    longtext("note", "Note", required=False),
)
CLOSE = (longtext("summary", "Result in a sentence", required=False),)
REFER = (
    choice("path", "Referred to", PATHS),
    file("receipt", "Receipt", required=False),
    text("receipt_number", "Number of the receipt", required=False),
    EXPLANATION,
)
NOTIFY = (on_date("notified_on", "Parties notified on"), choice("way", "How", CONTACT_WAYS), PROOF)
OBJECTION = (
    party(required=False, label="Party who objects"),
    longtext("objection", "The party's own words"),
    choice("evidence", "Evidence", EVIDENCE),
)
REOPEN = (*OBJECTION, HANDLER)
POLICE = (
    choice("body", "Body told", one_of(police="The police", emergency="Emergency services", other="Other")),
    longtext("what", "What was reported"),
    EXPLANATION,
)
PERSON_KIND = choice("person_kind", "Person or organisation", one_of(person="Person", organisation="Organisation"), required=False)
PHONE = Field("phone", "text", "Telephone", required=False, maximum=30)
ID_NUMBER = Field("id_number", "text", "Identity or registration number", required=False, maximum=30,
                  hint="For the written agreement.")
ADDRESS = text("address", "Address", required=False)
NAME = Field("name", "text", "Name", maximum=80)
INSTRUCT = (longtext("instruction", "Instruction"),)
CLAIM = longtext("claim", "What the party wants", required=False)
ADD_PARTY = (  # no identity number before a written agreement: house rule 5
    choice("side", "Side", SIDES), NAME, PHONE, CLAIM, PERSON_KIND, ADDRESS,
    yes_no("contact_hidden", "Hide the contact from the other side", required=False),
)
COMPLETE_PARTY = (
    party(), ID_NUMBER, ADDRESS, PHONE, Field("name", "text", "Name", required=False, maximum=80), PERSON_KIND, CLAIM,
)
REPRESENTATIVE = (party(), file("authority", "Letter of authority", required=False))
ATTACH = (
    file("file", "File"),
    choice("kind", "Kind", one_of(
        photo="Photo", evidence="Evidence", record="Record", agreement="Agreement", letter="Letter", other="Other"),
        required=False),
    text("caption", "Caption", required=False),
    party(required=False, label="Handed in by"),
)
HAND_IN = (  # form 6 of the standard set: number, name, source, who, when, pages, compared with the original
    file("file", "Photo or file", hint="A photo of the paper is enough."),
    text("name", "What it is", hint="For example: invoice of the repair, photo of the ceiling"),
    choice("source", "Where it comes from", one_of(
        party="Handed in by a party", committee="Collected by the committee", organ="From an organ or a unit",
        witness="From a witness", other="Other"), required=False),
    party(required=False, label="Handed in by"),
    on_date("handed_on", "Handed in on"),
    Field("pages", "integer", "Number of pages", required=False, minimum=1, maximum=2000),
    choice("compared", "Copy compared with the original", one_of(
        same="Compared: the same", differs="Compared: it differs", none="Original not seen", original="It is the original"),
        required=False),
    longtext("note", "What it shows", required=False),
)
CORRECT = (
    TITLE,
    full_text("What happened", required=False),
    PLACE,
    on_date("occurred_on", "Date it began", required=False, into="detail"),
    choice("category", "Kind of dispute", CATEGORIES, required=False, into="case"),
    choice("found_by", "Source", FOUND_BY, required=False, into="detail"),
    SAFETY,
    BODIES,
    *FACT_QUESTIONS,
    yes_no("no_threat", "There was no threat", required=False),
    REASON,
)
