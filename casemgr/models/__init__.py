"""All tables. Import from here; nothing but columns and constraints lives in this package."""

from casemgr.db import Base
from casemgr.models.accounts import (
    Account, Appointment, KnownPlace, LoginAddress, LoginSession, Mandate, NextFactor, OutsideLogin, Post, RecoveryCode,
    SecondFactor,
)  # fmt: skip
from casemgr.models.areas import Area, AreaPath, Committee, Department
from casemgr.models.cases import Attachment, Case, Dispute, Fact, IncomingItem, NumberSeries, Request
from casemgr.models.deadlines import CalendarVersion, DeadlineFact, DeadlineRow, Holding, RuleSet, RungFired
from casemgr.models.jobs import DailyNumber, DailySlot, ImportBatch, ImportRow, JobRun, Lease
from casemgr.models.lists import Export, SavedView
from casemgr.models.notices import Notice, Outgoing
from casemgr.models.once import SentOnce
from casemgr.models.persons import Party, Person
from casemgr.models.teams import DutyDay, Recusal, Relation, Team, TeamCategory, TeamMember
from casemgr.models.trail import Anchor, Event, EventValue, Reading, SettingsStream

__all__ = [
    "Account", "Anchor", "Appointment", "Area", "AreaPath", "Attachment", "Base", "CalendarVersion", "Case",
    "Committee", "DailyNumber", "DailySlot", "DeadlineFact", "DeadlineRow", "Department", "Dispute", "DutyDay",
    "Event", "EventValue", "Export", "Fact", "Holding", "ImportBatch", "ImportRow", "IncomingItem", "JobRun", "Lease",
    "KnownPlace", "LoginAddress", "LoginSession", "Mandate", "NextFactor", "Notice", "NumberSeries", "Outgoing", "OutsideLogin", "Party", "Person", "Post", "Reading",
    "RecoveryCode", "Recusal", "Relation", "Request", "RuleSet", "RungFired", "SavedView", "SecondFactor", "SentOnce", "SettingsStream", "Team", "TeamCategory", "TeamMember",
]  # fmt: skip
