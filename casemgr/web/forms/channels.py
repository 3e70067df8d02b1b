"""Forms of channels: quiet hours, robots, webhooks. They read what was typed; services judge it."""

from flask_babel import lazy_gettext as _l
from casemgr.web.forms.base import PageForm
from wtforms import RadioField, SelectField, SelectMultipleField, StringField, TimeField
from wtforms.validators import InputRequired, Length, Optional


class ChoicesForm(PageForm):
    """One's own quiet hours; the boxes of the table are read by the page."""

    quiet_from = TimeField(_l("Quiet from"), [Optional()])
    quiet_to = TimeField(_l("Quiet until"), [Optional()])


class RobotForm(PageForm):
    """A robot's address and what signs its messages."""

    kind = RadioField(_l("Chat programme"), [InputRequired()])
    address = StringField(_l("Address of the robot"), [InputRequired(), Length(max=500)])
    secret = StringField(
        _l("Signing secret"), [Optional(), Length(max=200)],
        description=_l("DingTalk and Feishu show one where “signature” is chosen for the robot. WeCom has none."),
    )  # fmt: skip


class GroupRobotForm(RobotForm):
    """A robot of a group."""

    name = StringField(_l("What the group is called"), [InputRequired(), Length(max=100)])
    area = SelectField(_l("Area"), [InputRequired()], coerce=int)
    told = SelectMultipleField(_l("The group is told"), [InputRequired()])


class WebhookForm(PageForm):
    """A programme that is told of events."""

    name = StringField(_l("Name of the programme"), [InputRequired(), Length(max=100)])
    address = StringField(_l("Its address"), [InputRequired(), Length(max=500)])
    area = SelectField(_l("Area"), [InputRequired()], coerce=int)
    kinds = SelectMultipleField(_l("Events of"), [Optional()], description=_l("None chosen: of all processes."))
    events = SelectMultipleField(_l("Or only these events"), [Optional()])
