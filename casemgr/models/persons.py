"""Persons and organisations, each once, and their part in cases. Contacts are sealed; blind indexes find them again."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from casemgr.db import Base


class Person(Base):
    """A natural person or an organisation. Sealed columns are AES-GCM bytes; `*_index` are keyed digests of the whole
    number, and of its last four digits. Nothing about health, faith or a history of petitioning is kept."""

    __tablename__ = "persons"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(default="person")
    name: Mapped[str]
    phone: Mapped[bytes | None]
    phone_index: Mapped[str | None] = mapped_column(index=True)
    phone_tail_index: Mapped[str | None] = mapped_column(index=True)
    id_number: Mapped[bytes | None]
    id_index: Mapped[str | None] = mapped_column(index=True)
    address: Mapped[bytes | None]
    created_at: Mapped[datetime]
    __table_args__ = (Index("ix_persons_name", "name", postgresql_ops={"name": "text_pattern_ops"}),)  # for LIKE 'x%'


class Party(Base):
    """A person's part in one case: applicant, respondent or reporter, with consent to mediation and its evidence."""

    __tablename__ = "parties"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    side: Mapped[str]
    representative: Mapped[bool] = mapped_column(default=False)
    claim: Mapped[str] = mapped_column(default="")
    consent: Mapped[str] = mapped_column(default="")
    consent_at: Mapped[datetime | None]
    consent_evidence: Mapped[str] = mapped_column(default="")
    contact_hidden: Mapped[bool] = mapped_column(default=False)
    added_at: Mapped[datetime]
    __table_args__ = (Index("ix_parties_case", "case_id"),)
