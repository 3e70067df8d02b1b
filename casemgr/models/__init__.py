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
from casemgr.models.jobs import DailyNumber, DailySlot, ImportBatch, ImportRow, JobRun, Lease
from casemgr.models.joint import CaseLink, JointFact, JointMember, JointReading, Suggestion
from casemgr.models.lists import Export, SavedView
from casemgr.models.notices import Feed, Notice, NoticeChoice, Outgoing, Robot
from casemgr.models.once import SentOnce
from casemgr.models.papers import MadePaper, PaperNumber, SignedSheet
from casemgr.models.persons import Party, Person
from casemgr.models.sittings import Agreement, KeptText, Room, RoomSlot, Sitting
from casemgr.models.teams import DutyDay, Recusal, Relation, Team, TeamCategory, TeamMember
from casemgr.models.tokens import ApiToken
from casemgr.models.trail import Anchor, Event, EventValue, Reading, SettingsStream
from casemgr.models.webhooks import Delivery, Webhook

__all__ = [
    "Absence", "Account", "Agreement", "Anchor", "ApiToken", "Appointment", "Area", "AreaPath", "Attachment",
    "Barred", "Base", "CalendarVersion", "Case", "CaseLink", "Committee", "DailyNumber", "DailySlot", "DeadlineFact",
    "DeadlineRow", "Delivery", "Department", "Dispute", "DutyDay", "Event", "EventValue", "Export", "Fact", "Feed",
    "Holding", "ImportBatch", "ImportRow", "IncomingItem", "JobRun", "JointFact", "JointMember", "JointReading",
    "KeptText", "KnownPlace", "Lease", "LoginAddress", "LoginSession", "MadePaper", "Mandate", "NextFactor", "Notice",
    "NoticeChoice", "NumberSeries", "Outgoing", "OutsideLogin", "PaperNumber", "Party", "Person", "Post", "Reading",
    "RecoveryCode", "Recusal", "Relation", "Request", "Robot", "Room", "RoomSlot", "RuleSet", "RungFired",
    "SavedView", "SecondFactor", "SentOnce", "SettingsStream", "ShiftNote", "ShiftNoteRead", "SignedSheet", "Sitting",
    "Suggestion", "Team", "TeamCategory", "TeamMember", "Webhook",
]  # fmt: skip
