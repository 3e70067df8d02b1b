"""All tables. Import from here; nothing but columns and constraints lives in this package."""

from casemgr.db import Base
from casemgr.models.accounts import (
    Account, Appointment, KnownPlace, LoginAddress, LoginSession, Mandate, NextFactor, OutsideLogin, Post, RecoveryCode,
    SecondFactor,
)  # fmt: skip
from casemgr.models.areas import Area, AreaPath, Committee, Department
from casemgr.models.cases import Attachment, Barred, Case, Dispute, Fact, IncomingItem, NumberSeries, Request
from casemgr.models.deadlines import CalendarVersion, DeadlineFact, DeadlineRow, Holding, RuleSet, RungFired
from casemgr.models.desk import Absence, ShiftNote, ShiftNoteRead
from casemgr.models.door import DoorCode, DoorForm, DoorVisit, DoorWord
from casemgr.models.jobs import DailyNumber, DailySlot, ImportBatch, ImportRow, JobRun, Lease
from casemgr.models.joint import CaseLink, JointFact, JointMember, JointReading, Suggestion
from casemgr.models.keeping import Disposal, DisposalItem, KnownKey, LegalHold, PersonRequest
from casemgr.models.legacy import LegacyCase, Milestone
from casemgr.models.lists import Export, SavedView
from casemgr.models.notices import Feed, Notice, NoticeChoice, Outgoing, Robot
from casemgr.models.once import SentOnce
from casemgr.models.orders import GridEvent, Order
from casemgr.models.papers import MadePaper, PaperNumber, SignedSheet
from casemgr.models.persons import Party, Person
from casemgr.models.petitions import Petition
from casemgr.models.shares import RequestShare
from casemgr.models.sittings import Agreement, KeptText, Room, RoomSlot, Sitting
from casemgr.models.tallies import Tally, TallyChange, TallyMark
from casemgr.models.teams import DutyDay, Recusal, Relation, Team, TeamCategory, TeamMember
from casemgr.models.tokens import ApiToken
from casemgr.models.trail import Anchor, Event, EventValue, Reading, SettingsStream
from casemgr.models.webhooks import Delivery, Webhook
from casemgr.models.whistles import Call, FixedUnit, Whistle

__all__ = [
    "Absence", "Account", "Agreement", "Anchor", "ApiToken", "Appointment", "Area", "AreaPath", "Attachment", "Barred",
    "Base", "CalendarVersion", "Call", "Case", "CaseLink", "Committee", "DailyNumber", "DailySlot", "DeadlineFact",
    "DeadlineRow", "Delivery", "Department", "Disposal", "DisposalItem", "Dispute", "DoorCode", "DoorForm", "DoorVisit", "DoorWord", "DutyDay",
    "Event", "EventValue", "Export", "Fact", "Feed", "FixedUnit", "GridEvent",
    "Holding", "ImportBatch", "ImportRow", "IncomingItem", "JobRun",
    "JointFact", "JointMember", "JointReading", "KeptText", "KnownKey", "KnownPlace", "Lease", "LegacyCase", "LegalHold", "LoginAddress", "LoginSession",
    "MadePaper", "Mandate", "Milestone", "NextFactor", "Notice", "NoticeChoice", "NumberSeries", "Order", "Outgoing", "OutsideLogin",
    "PaperNumber", "Party", "Person", "PersonRequest", "Petition", "Post", "Reading", "RecoveryCode", "Recusal", "Relation", "Request", "RequestShare", "Robot",
    "Room", "RoomSlot", "RuleSet", "RungFired", "SavedView", "SecondFactor", "SentOnce", "SettingsStream", "ShiftNote",
    "ShiftNoteRead", "SignedSheet", "Sitting", "Suggestion", "Tally", "TallyChange", "TallyMark", "Team", "TeamCategory", "TeamMember", "Webhook", "Whistle",
]  # fmt: skip
