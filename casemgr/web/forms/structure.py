"""Forms of the administrator of the structure. They read what was typed; services judge it."""

from datetime import date, timedelta

from flask_babel import lazy_gettext as _l
from casemgr.web.forms.base import PageForm
from wtforms import BooleanField, DateField, Form, FloatField, IntegerField, SelectField, SelectMultipleField, StringField, TextAreaField, TimeField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

LONGEST_FILL = timedelta(days=92)
COUNT = (Optional(), NumberRange(min=0, max=10_000_000))


class AreaForm(PageForm):
    """The columns of an area that may be put right."""

    name = StringField(_l("Its name"), [InputRequired(), Length(max=100)])
    households = IntegerField(_l("Households living there"), COUNT, description=_l("Those living there, not those registered."))
    shops = IntegerField(_l("Shops"), COUNT)
    urban = BooleanField(_l("Urban"))
    aliases = TextAreaField(
        _l("Estates, roads and villages"), [Optional(), Length(max=4000)],
        description=_l("One a line: by them a place is recognised in the text of messages."),
    )  # fmt: skip

    latitude = FloatField(
        _l("Latitude of its middle"), [Optional(), NumberRange(min=-90, max=90)],
        description=_l("In degrees, as a phone shows it. By it the grid is found from where somebody stands."),
    )  # fmt: skip
    longitude = FloatField(_l("Longitude of its middle"), [Optional(), NumberRange(min=-180, max=180)])

    def columns(self) -> dict[str, object]:
        """The values by column."""
        lines = dict.fromkeys(line.strip() for line in (self.aliases.data or "").splitlines() if line.strip())
        return {
            "name": self.name.data.strip(), "households": self.households.data, "shops": self.shops.data,
            "urban": self.urban.data, "aliases": "\n".join(lines),
            "latitude": self.latitude.data, "longitude": self.longitude.data,
        }  # fmt: skip


class NewAreaForm(AreaForm):
    """A new area."""

    level = SelectField(_l("Level"), [InputRequired()])
    code = StringField(
        _l("Code"), [InputRequired(), Length(max=17)],
        description=_l("It begins with the code of the area above: 12 digits for a community, 15 for a grid, 17 for a micro-grid."),
    )  # fmt: skip


class MoveForm(PageForm):
    """Where an area shall lie, and its new code."""

    parent = SelectField(_l("Area above"), [InputRequired()], coerce=int)
    code = StringField(_l("New code"), [InputRequired(), Length(max=17)])


class PostForm(PageForm):
    """A new post."""

    role = SelectField(_l("Role"), [InputRequired()])
    name = StringField(_l("Own name of the post"), [Optional(), Length(max=100)], description=_l("Left empty, it is called by role and place."))


class CommitteeForm(PageForm):
    """A people's mediation committee."""

    name = StringField(_l("Its name"), [InputRequired(), Length(max=100)])
    short_name = StringField(_l("Short name"), [Optional(), Length(max=40)], description=_l("It opens the numbers of papers."))


class DepartmentForm(PageForm):
    """The name of a department."""

    name = StringField(_l("Its name"), [InputRequired(), Length(max=100)])


class NewDepartmentForm(DepartmentForm):
    """A new department."""

    code = StringField(_l("Code"), [InputRequired(), Length(max=64)])
    area = SelectField(_l("Place"), [InputRequired()], coerce=int)


class TeamForm(PageForm):
    """What a team is called and what it takes."""

    name = StringField(_l("Its name"), [InputRequired(), Length(max=100)])
    active = BooleanField(_l("In use"))
    categories = SelectMultipleField(
        _l("Kinds of disputes it takes"), description=_l("A class takes all its kinds. With none it is a general team, for what no other takes.")
    )


class NewTeamForm(TeamForm):
    """A new team."""

    area = SelectField(_l("Street"), [InputRequired()], coerce=int)
    key = StringField(
        _l("Key"), [InputRequired(), Length(max=40)], description=_l("Small letters, digits and underscores: by it rules and imports name the team.")
    )


class MemberForm(PageForm):
    """Who joins a team."""

    account = IntegerField(_l("Who"), [InputRequired(_l("Choose a person."))])
    capacity = IntegerField(_l("Open matters at most"), [InputRequired(), NumberRange(min=1, max=200)])
    from_on = DateField(_l("First day"), [InputRequired()])
    to_on = DateField(_l("Last day"), [Optional()])


class CapacityForm(PageForm):
    """How much a member carries."""

    capacity = IntegerField(_l("Open matters at most"), [InputRequired(), NumberRange(min=1, max=200)])


class RoomForm(PageForm):
    """A room of mediation: what it is called, how it is found, when it is open."""

    name = StringField(_l("Its name"), [InputRequired(), Length(max=60)])
    place = StringField(_l("How to find it"), [Optional(), Length(max=120)], description=_l("Building, floor, door."))
    opens = TimeField(_l("Opens"), [InputRequired()], render_kw={"step": 900})
    closes = TimeField(_l("Closes"), [InputRequired()], render_kw={"step": 900})
    rest_days = BooleanField(_l("Open at weekends and on holidays too"))
    active = BooleanField(_l("In use"))


class NewRoomForm(RoomForm):
    """A new room."""

    area = SelectField(_l("Place"), [InputRequired()], coerce=int, description=_l("The street or community whose committee looks after it."))


class FillForm(Form):
    """For which days a roster is filled by turns. What cannot be read is left as proposed: it is only looked at."""

    first = DateField(_l("From"), [Optional()])
    last = DateField(_l("To"), [Optional()])
    each = IntegerField(_l("People a day"), [Optional(), NumberRange(min=1, max=10)], default=1)
    rest = BooleanField(_l("Days off too"))

    def span(self, today: date) -> tuple[date, date]:
        """From a day to a day, at most three months: next month where nothing is said."""
        self.validate()
        self.each.data = min(max(self.each.data or 1, 1), 10)
        next_month = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
        first = self.first.data or next_month
        last = self.last.data or (first.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        return first, min(max(last, first), first + LONGEST_FILL)
