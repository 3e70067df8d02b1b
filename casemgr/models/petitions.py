"""What only a petition has. Opinions, deliveries and notices are entries of the trail."""

from datetime import date

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from casemgr.db import Base


class Petition(Base):
    """kind             advice, accusation or claim ("" = nobody has said yet)
    form             how it came: online, letter, call, fax, visit
    received_on      when the petition office got it, where that was before it was registered
    visitors         how many came or signed
    report_by        the date set for the result where it was assigned with one
    outcome          support, explain or not_support; settled, withdrawn
    satisfaction     as the petitioner rated it; "" = not rated
    repeat_of_id     the latest earlier petition of the same person in the same matter
    """

    __tablename__ = "petitions"
    __process__ = "petition"
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(default="")
    form: Mapped[str] = mapped_column(default="")
    subject: Mapped[str] = mapped_column(default="")
    external_number: Mapped[str] = mapped_column(default="")
    received_on: Mapped[date | None]
    visitors: Mapped[int | None]
    report_by: Mapped[date | None]
    outcome: Mapped[str] = mapped_column(default="")
    satisfaction: Mapped[str] = mapped_column(default="")
    repeat_of_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
