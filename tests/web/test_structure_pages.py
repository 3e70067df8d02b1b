"""Pages of structure, teams, roster, trail and settings, as browsers see them: what they do, show, and keep to themselves."""

import csv
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from casemgr import audit, db, policy
from casemgr.errors import NotAllowed
from casemgr.models import Absence, Anchor, Appointment, Area, Case, Committee, Department, DutyDay, Event, JobRun, Post, Reading, Team, TeamMember
from casemgr.policy import SETUP
from casemgr.queries.pickers import areas_within
from casemgr.services import accounts, appointments, closing, factors, posts, structure, teams
from tests.world import World, token_of

ADMIN_PAGES = (
    "/structure", "/structure/areas/new", "/structure/departments", "/structure/departments/new", "/structure/teams",
    "/structure/teams/new", "/settings", "/settings/calendar", "/settings/calendar/new",
)  # fmt: skip
AREA_PAGES = ("", "/change", "/move", "/committee", "/posts/new")
TEAM_PAGES = ("", "/change", "/members/new", "/roster", "/roster/fill")


@pytest.fixture
def admin(app: Flask, world: World) -> FlaskClient:
    return world.client(app, "system_admin")


@pytest.fixture
def auditor(app: Flask, world: World) -> FlaskClient:
    return world.client(app, "audit_admin")


@contextmanager
def reading(app: Flask) -> Iterator[Session]:
    with app.extensions["readings"]() as session:
        yield session


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """The statements of a block."""
    seen: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if statement.startswith("SELECT"):
            seen.append(statement)

    engine = app.extensions["engine"]
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def send(client: FlaskClient, url: str, form_page: str = "", **data: Any) -> Any:
    """Post a form with the token of its page."""
    token = token_of(client.get(form_page or url).text)
    return client.post(url, data={"csrf_token": token, **data})


# --- who sees what


def test_every_page_opens_for_its_administrator_alone(app: Flask, world: World, admin: FlaskClient, auditor: FlaskClient) -> None:
    pages = [*ADMIN_PAGES, *(f"/structure/areas/{world.areas['community_a'].id}{page}" for page in AREA_PAGES)]
    pages += [f"/structure/teams/{world.teams['neighbour_a'].id}{page}" for page in TEAM_PAGES]
    pages.append(f"/structure/departments/{world.departments['housing'].id}")
    others = [auditor, *(world.client(app, who) for who in ("security_admin", "street_secretary_a"))]
    for page in pages:
        answer = admin.get(page)
        assert answer.status_code == 200, (page, answer.text[:300])
        assert [other.get(page).status_code for other in others] == [403, 403, 403], page
    for page in ("/trail", "/trail/readings"):
        assert auditor.get(page).status_code == 200
        assert [client.get(page).status_code for client in (admin, others[1], others[2])] == [403, 403, 403]


@pytest.mark.parametrize("page", ["/structure/areas/999999", "/structure/teams/999999", "/structure/departments/999999"])
def test_what_is_not_there_is_not_found(admin: FlaskClient, page: str) -> None:
    assert admin.get(page).status_code == 404


def test_main_pages_are_marked_as_here(admin: FlaskClient, world: World) -> None:
    for page in ("/structure", "/structure/teams", f"/structure/teams/{world.teams['general_a'].id}/roster"):
        assert 'aria-current="page"' in admin.get(page).text


# --- areas


def test_an_area_is_added_changed_and_moved(app: Flask, world: World, admin: FlaskClient) -> None:
    parent, other = world.areas["community_a"], world.areas["community_b"]
    new = f"/structure/areas/new?parent={parent.id}"
    wrong = send(admin, new, level="grid", code="500199009001001", name="错网格")
    assert wrong.status_code == 422 and "错网格" in wrong.text
    done = send(admin, new, level="grid", code=f"{parent.code}003", name="槐荫3网格", households="734", urban="y", aliases="新苑\n\n新苑\n东里")
    assert done.status_code == 302, done.text
    with reading(app) as session:
        area = session.scalars(select(Area).where(Area.code == f"{parent.code}003")).one()
        assert (area.name, area.households, area.aliases, area.urban) == ("槐荫3网格", 734, "新苑\n东里", True)
    taken = send(admin, new, level="grid", code=f"{parent.code}003", name="再来一个")
    assert taken.status_code == 422
    page = f"/structure/areas/{area.id}"
    assert "734" in admin.get(page).text and "46.8" in admin.get(page).text
    assert send(admin, f"{page}/change", name="槐荫三网格", households="", urban="y").status_code == 302
    assert send(admin, f"{page}/change", name="", households="-3").status_code == 422
    assert send(admin, f"{page}/move", parent=other.id, code=f"{parent.code}003").status_code == 422
    assert send(admin, f"{page}/move", parent=other.id, code=f"{other.code}003").status_code == 302
    with reading(app) as session:
        area = session.get(Area, area.id)
        assert (area.name, area.households, area.parent_id, area.code) == ("槐荫三网格", None, other.id, f"{other.code}003")
        notes = session.scalars(select(Event.data).where(Event.kind == "settings.structure_changed").order_by(Event.seq.desc()).limit(3))
        assert [note["how"] for note in notes] == ["moved", "changed", "added"]


def test_a_move_that_leaves_matters_behind_says_how_many(app: Flask, world: World, admin: FlaskClient) -> None:
    with app.extensions["sessions"]() as session, db.transaction(session):
        world.open_dispute(session, "worker_a1", "grid_a1", "楼道堆放杂物")
    grid, other = world.areas["grid_a1"], world.areas["community_b"]
    answer = send(admin, f"/structure/areas/{grid.id}/move", parent=other.id, code=f"{other.code}003")
    assert answer.status_code == 422 and "楼道" not in answer.text
    with reading(app) as session:
        assert session.get(Area, grid.id).parent_id == world.areas["community_a"].id


def test_posts_and_committees(app: Flask, world: World, admin: FlaskClient) -> None:
    grid = world.areas["grid_a1"]
    page = f"/structure/areas/{grid.id}"
    assert send(admin, f"{page}/posts/new", role="operator", name="").status_code == 422
    assert send(admin, f"{page}/posts/new", role="grid_worker", name="夜间网格员").status_code == 302
    assert "夜间网格员" in admin.get(page).text
    with reading(app) as session:
        post = session.scalars(select(Post).where(Post.name == "夜间网格员")).one()
    tomorrow = (world.today + timedelta(days=1)).isoformat()
    assert send(admin, f"/structure/posts/{post.id}/close", page, last_on=tomorrow).status_code == 302
    assert send(admin, f"/structure/posts/{post.id}/reopen", page).status_code == 302
    held = world.posts["worker_a1"].id
    send(admin, f"/structure/posts/{held}/close", page, last_on=tomorrow)
    send(admin, f"/structure/posts/{post.id}/close", page, last_on="2026-02-30")
    with reading(app) as session:
        assert session.scalar(select(func.count()).select_from(Post).where(Post.closed_on.is_not(None))) == 0
    community = world.areas["community_a"]
    assert send(admin, f"/structure/areas/{community.id}/committee", name="新调委会", short_name="新").status_code == 302
    assert admin.get(f"{page}/committee").status_code == 404
    with reading(app) as session:
        assert session.scalar(select(Committee.short_name).where(Committee.area_id == community.id)) == "新"


def test_a_department_comes_with_its_liaison(app: Flask, world: World, admin: FlaskClient) -> None:
    street = world.areas["street_a"]
    assert send(admin, "/structure/departments/new", area=street.id, code="URBAN", name="城管所").status_code == 302
    assert send(admin, "/structure/departments/new", area=street.id, code="URBAN", name="城管所").status_code == 422
    with reading(app) as session:
        row = session.scalars(select(Department).where(Department.code == "URBAN")).one()
        assert session.scalar(select(Post.role).where(Post.department_id == row.id)) == "liaison"
    assert send(admin, f"/structure/departments/{row.id}", name="城市管理所").status_code == 302
    assert "城市管理所" in admin.get("/structure/departments").text


# --- teams


def test_a_team_its_members_and_their_capacity(app: Flask, world: World, admin: FlaskClient) -> None:
    street = world.areas["street_a"]
    assert send(admin, "/structure/teams/new", area=street.id, key="labour", name="劳动队", categories=["07"]).status_code == 302
    assert send(admin, "/structure/teams/new", area=street.id, key="labour", name="劳动队", categories=["07"]).status_code == 422
    with reading(app) as session:
        team = session.scalars(select(Team).where(Team.key == "labour")).one()
    page = f"/structure/teams/{team.id}"
    assert send(admin, f"{page}/change", name="劳动纠纷队", categories=["07", "0507"], active="y").status_code == 302
    head = world.accounts["head_a"].id
    first = world.today.isoformat()
    assert send(admin, f"{page}/members/new", account=head, capacity="7", from_on=first).status_code == 302
    assert send(admin, f"{page}/members/new", account=head, capacity="7", from_on=first).status_code == 422
    assert send(admin, f"{page}/members/new", account="", capacity="0", from_on=first).status_code == 422
    with reading(app) as session:
        member = session.scalars(select(TeamMember).where(TeamMember.team_id == team.id)).one()
    send(admin, f"/structure/teams/members/{member.id}/capacity", page, capacity="9")
    send(admin, f"/structure/teams/members/{member.id}/capacity", page, capacity="900")
    send(admin, f"/structure/teams/members/{member.id}/end", page, last_on=first)
    with reading(app) as session:
        member = session.get(TeamMember, member.id)
        assert (member.capacity, member.to_on) == (9, world.today)
    found = admin.get(f"{page}/members/new?q=head_a").text
    assert f'value="{head}"' in found and f'value="{world.accounts["mediator_a"].id}"' not in found


def test_the_roster_of_a_month(app: Flask, world: World, admin: FlaskClient) -> None:
    team, who = world.teams["neighbour_a"], world.accounts["mediator_a"].id
    url = f"/structure/teams/{team.id}/roster?month=2026-03"
    page = admin.get(url).text
    assert "on-2026-03-31" in page and "on-2026-03-01" not in page  # the teams began on the 2nd
    assert send(admin, url, **{"on-2026-03-02": [who], "on-2026-03-05": [who, world.accounts["mediator_b"].id]}).status_code == 302
    with reading(app) as session:
        days = session.execute(select(DutyDay.on_date, DutyDay.account_id).order_by(DutyDay.on_date))
        assert [(on.isoformat(), account) for on, account in days][0] == ("2026-03-02", who)
    assert admin.get(url).text.count(" checked") == 3
    send(admin, url, **{"on-2026-03-05": [who]})
    assert admin.get(url).text.count(" checked") == 1
    send(admin, url, **{"on-2026-03-05": [world.accounts["mediator_c"].id]})  # of the other street
    assert admin.get(url).text.count(" checked") == 1
    assert admin.get(f"/structure/teams/{team.id}/roster?month=2026-13").status_code == 404
    april = admin.get(f"/structure/teams/{team.id}/roster?month=2026-04").text
    assert "清明" in april or "Qingming" in april


def test_a_roster_is_filled_by_turns_and_kept_as_shown(app: Flask, world: World, admin: FlaskClient) -> None:
    team = world.teams["neighbour_a"].id
    first = world.today + timedelta(days=7)
    page = f"/structure/teams/{team}/roster/fill?first={first}&last={first + timedelta(days=8)}&each=1"
    with app.extensions["sessions"]() as session, db.transaction(session):
        away = world.accounts["mediator_a"].id
        session.add(DutyDay(team_id=team, on_date=first, account_id=away))
        session.add(
            Absence(account_id=away, deputy_id=world.accounts["mediator_b"].id, from_on=first, to_on=first + timedelta(days=30), recorded_at=world.at)
        )
    shown = admin.get(page).text
    days = re.findall(r'name="(on-[0-9-]+)" value="(\d+)"', shown)
    assert len(days) == 6, "working days, without the one that is kept"
    assert str(away) not in {who for _, who in days}
    assert len({who for _, who in days}) == 2
    answer = send(admin, page, **dict(days))
    assert answer.status_code == 302
    with reading(app) as session:
        kept = session.execute(select(DutyDay.on_date, DutyDay.account_id).where(DutyDay.team_id == team)).all()
    assert {(f"on-{on}", str(who)) for on, who in kept} == {*days, (f"on-{first}", str(away))}
    assert admin.get(f"/structure/teams/{team}/roster/fill?first=x&each=99").status_code == 200


def test_an_area_is_closed_or_removed_when_nothing_hangs_on_it(app: Flask, world: World, admin: FlaskClient) -> None:
    busy = f"/structure/areas/{world.areas['community_a'].id}"
    send(admin, f"{busy}/close?lang=en", busy, how="close")
    said = admin.get(f"{busy}?lang=en").text
    assert "2 areas below it are open" in said
    assert "3 posts are open" in said
    send(admin, f"{busy}/close?lang=en", busy, how="remove")
    assert "names this area already" in admin.get(f"{busy}?lang=en").text
    with app.extensions["sessions"]() as session, db.transaction(session):
        parent = session.get(Area, world.areas["grid_a1"].id)
        made = structure.add_area(session, "50019900100100109", "空微网格", "microgrid", parent, actor=SETUP, at=world.at)
    page = f"/structure/areas/{made.id}"
    send(admin, f"{page}/close?lang=en", page, how="close")
    assert "Closed on" in admin.get(f"{page}?lang=en").text
    with reading(app) as session:
        assert made.id not in {row.id for row in areas_within(session, [parent.id])}
    send(admin, f"{page}/close?lang=en", page, how="reopen")
    assert send(admin, f"{page}/close?lang=en", page, how="remove").location == f"/structure/areas/{parent.id}"
    assert admin.get(page).status_code == 404
    with reading(app) as session:
        hows = [e.data.get("how") for e in session.scalars(select(Event).where(Event.kind == "settings.structure_changed").order_by(Event.seq))]
    assert hows[-3:] == ["closed", "reopened", "removed"]


def test_the_administrator_sees_no_load_and_workers_see_their_street(app: Flask, world: World, admin: FlaskClient) -> None:
    with app.extensions["sessions"]() as session, db.transaction(session):
        for row in session.scalars(select(TeamMember).where(TeamMember.account_id == world.accounts["mediator_a"].id)):
            row.capacity = 37
    page = world.client(app, "mediator_a").get("/teams").text
    assert "邻里纠纷调解队" in page and "37" in page
    names = {login: world.accounts[login].name for login in ("mediator_b", "mediator_c")}
    assert f">{names['mediator_b']}<" in page and f">{names['mediator_c']}<" not in page
    assert world.client(app, "worker_a1").get("/teams").status_code == 403
    assert admin.get("/teams").status_code == 403


# --- trail


@pytest.fixture
def dispute(app: Flask, world: World) -> Any:
    with app.extensions["sessions"]() as session, db.transaction(session):
        return world.open_dispute(session, "worker_a1", "grid_a1", "隔壁装修噪声扰民三个月", at=world.at + timedelta(minutes=1))


def test_the_trail_shows_no_word_of_a_matter(app: Flask, world: World, auditor: FlaskClient, dispute: Any) -> None:
    page = auditor.get("/trail?stream=case").text
    with reading(app) as session:
        number = session.execute(select(db.Base.metadata.tables["cases"].c.number)).scalar()
    assert number and number not in page and "隔壁" not in page and "槐荫1网格" not in page
    assert world.accounts["worker_a1"].name in page
    assert auditor.get(f"/cases/{dispute.case_id}").status_code in (403, 404)


def test_the_trail_is_narrowed_and_paged(app: Flask, world: World, auditor: FlaskClient, dispute: Any) -> None:
    with reading(app) as session:
        total = session.scalar(select(func.count()).select_from(Event))
    assert total > 60
    seen, url = 0, "/trail"
    while url:
        page = auditor.get(url).text
        seen += page.count("<time ") - page.count("message-done")
        older = [part.split('"')[0] for part in page.split('rel="next" href="')[1:]]
        url = older[0].replace("&amp;", "&") if older else ""
    with reading(app) as session:
        assert seen >= total
    created = auditor.get("/trail?kind=account.created&about=head_a").text
    assert created.count("<time ") == 1 and "head_a" in created
    assert auditor.get("/trail?by=nobody_at_all").text.count("<time ") == 0
    assert auditor.get(f"/trail?stream=account&since={(world.today + timedelta(days=1)).isoformat()}").text.count("<time ") == 0
    assert auditor.get("/trail?after=rubbish").status_code == 422
    assert auditor.get("/trail?since=rubbish&stream=rubbish").status_code == 200


def test_the_trail_names_what_changed(app: Flask, world: World, auditor: FlaskClient) -> None:
    with app.extensions["sessions"]() as session, db.transaction(session):
        structure.change_area(session, world.areas["grid_a1"].id, name="丁香网格", actor=world.actor(session, "system_admin"), at=world.at)
    page = auditor.get("/trail?stream=settings").text
    assert "丁香网格" in page and "system_admin" in page


def test_the_last_check_is_told(app: Flask, world: World, auditor: FlaskClient) -> None:
    assert "message-warn" in auditor.get("/trail").text
    run = {"job": "integrity", "started_at": world.at, "finished_at": world.at}
    with app.extensions["sessions"]() as session, db.transaction(session):
        session.add(JobRun(**run, counts={"events": 123, "faults": 0}))
        session.add(JobRun(**run, counts={}))  # nothing to do: done already that day
        session.add(Anchor(on_date=world.today, heads=77, digest="x", prev="", made_at=world.at))
    page = auditor.get("/trail").text
    assert "message-done" in page and "123" in page and "77" in page
    with app.extensions["sessions"]() as session, db.transaction(session):
        session.add(JobRun(**run, counts={"events": 124, "faults": 2}))
    assert "message-error" in auditor.get("/trail").text
    assert "2 faults" in auditor.get("/jobs?lang=en").text, "where the auditor lands"


def test_readings_tell_who_and_that_a_reason_was_given_not_which(app: Flask, world: World, auditor: FlaskClient, dispute: Any) -> None:
    with app.extensions["sessions"]() as session, db.transaction(session):
        who = world.accounts["head_a"].id
        for _ in range(55):
            session.add(Reading(account_id=who, case_id=dispute.case_id, what="contact", reason="要打电话约张某调解", at=world.at))
        session.add(Reading(account_id=world.accounts["head_b"].id, case_id=dispute.case_id, what="case", at=world.at))
    page = auditor.get("/trail/readings").text
    assert "head_a" in page and "张某" not in page and page.count("<time ") == 50
    assert auditor.get("/trail/readings?by=head_b").text.count("<time ") == 1
    assert auditor.get(f"/trail/readings?case={dispute.case_id}&by=head_b").text.count("<time ") == 1
    for none in (dispute.case_id + 99, "x", "9" * 30):
        assert auditor.get(f"/trail/readings?case={none}").text.count("<time ") == 0
    table = send(auditor, f"/trail/readings/export?case={dispute.case_id}", "/trail/readings")
    rows = list(csv.reader(table.text.removeprefix("\ufeff").splitlines()))
    assert len(rows) == 57
    assert "张某" not in table.text
    assert "attachment" in table.headers["Content-Disposition"]


def test_the_trail_is_taken_out_as_a_harmless_table_and_that_is_on_record(app: Flask, world: World, auditor: FlaskClient) -> None:
    with app.extensions["sessions"]() as session, db.transaction(session):
        area = session.get(Area, world.areas["grid_a1"].id)
        structure.change_area(session, area.id, name="=HYPERLINK(1)", actor=SETUP, at=world.at)
    table = send(auditor, "/trail/export?stream=settings&lang=en", "/trail")
    rows = list(csv.reader(table.text.removeprefix("\ufeff").splitlines()))
    assert len(rows) > 20
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
    assert "Trail or readings taken out" in auditor.get("/trail?lang=en").text
    with app.extensions["sessions"]() as session:
        assert audit.verify(session)[1] == []


def test_none_of_the_three_administrators_can_do_anothers_work(app: Flask, world: World) -> None:
    whose = {
        "system_admin": {"structure", "settings"}, "security_admin": {"accounts"}, "audit_admin": {"trail"},
    }  # fmt: skip
    for who, acts in whose.items():
        others = set.union(*whose.values()) - acts | {"work", "register", "sort", "board", "see_teams"}
        with reading(app) as session:
            actor = world.actor(session, who)
            assert all(policy.may(actor, act) for act in acts)
            assert not [act for act in others if policy.may(actor, act)]
            assert session.scalar(select(func.count()).select_from(Case).where(policy.visible(actor))) == 0
        with app.extensions["sessions"]() as session:
            for its, attempt in acts_of_administrators(app, session, world, {"actor": actor, "at": world.at}):
                if who != its:
                    with pytest.raises(NotAllowed):
                        attempt()
            session.rollback()


def acts_of_administrators(app: Flask, session: Session, world: World, by: dict[str, Any]) -> list[tuple[str, Any]]:
    """(whose act it is, the act) of the services themselves, whatever page calls them."""
    head, rules, gone = world.accounts["head_a"].id, app.extensions["passwords"], {"last_on": world.today}
    return [
        ("security_admin", lambda: appointments.relieve(session, appointment_of(session, world), **gone, **by)),
        ("security_admin", lambda: accounts.reset_password(session, head, rules=rules, **by)),
        ("security_admin", lambda: factors.reset(session, head, "x", **by)),
        ("security_admin", lambda: accounts.link_outside(session, head, "https://a", "b", **by)),
        ("system_admin", lambda: closing.remove_area(session, world.areas["grid_a1"].id, **by)),
        ("system_admin", lambda: posts.close_post(session, world.posts["head_a"].id, **gone, **by)),
        ("system_admin", lambda: teams.set_roster(session, world.teams["general_a"].id, {world.today: []}, **by)),
    ]


def appointment_of(session: Session, world: World) -> int:
    return session.scalars(select(Appointment.id).where(Appointment.account_id == world.accounts["head_a"].id)).one()


# --- settings


def test_the_rules_in_force_are_shown(app: Flask, world: World, admin: FlaskClient) -> None:
    page = admin.get("/settings").text
    assert "500,000" in page and "marriage_family" in page
    calendar = admin.get("/settings/calendar").text
    assert "2026" in calendar and "248" in calendar


# --- cost


def test_pages_take_few_queries_however_much_there_is(app: Flask, world: World, admin: FlaskClient) -> None:
    urls = ["/structure", f"/structure/areas/{world.areas['street_a'].id}", "/structure/teams", "/structure/departments", "/settings"]
    urls.append(f"/structure/teams/{world.teams['neighbour_a'].id}/roster")
    before = {}
    for url in urls:
        with counted(app) as seen:
            assert admin.get(url).status_code == 200
        before[url] = len(seen)
        assert len(seen) <= 20, (url, len(seen))
    with app.extensions["sessions"]() as session, db.transaction(session):
        for n in range(3, 13):
            community = world.areas["community_a"]
            by: Any = {"actor": SETUP, "at": world.at}
            grid = structure.add_area(session, f"{community.code}{n:03}", f"槐荫{n}网格", "grid", community, **by)
            post = structure.add_post(session, "grid_worker", area_id=grid.id, **by)
            session.add(Appointment(account_id=world.accounts["worker_a1"].id, post_id=post.id, from_on=world.today))
            structure.add_department(session, f"D{n}", f"某{n}所", world.areas["street_a"], **by)
            structure.add_team(session, world.areas["street_a"], f"team_{n}", f"第{n}队", ("07",), **by)
    for url in urls:
        with counted(app) as seen:
            admin.get(url)
        assert len(seen) == before[url], url


def test_team_and_trail_pages_take_few_queries(app: Flask, world: World, auditor: FlaskClient, dispute: Any) -> None:
    operator = world.client(app, "street_operator_a")
    for client, url in ((operator, "/teams"), (auditor, "/trail"), (auditor, "/trail/readings")):
        with counted(app) as seen:
            assert client.get(url).status_code == 200
        assert len(seen) <= 14, (url, len(seen))
