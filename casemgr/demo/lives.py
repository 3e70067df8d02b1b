"""The lives of the demo's disputes: who does what, and how long it takes. Each is a generator that yields its waits.

A life knows only what people know; colours, deadlines and who is in charge come from the rules. The stage named in
`stop` is where an open matter stays; `kind` names what is special about it.
"""

from collections.abc import Generator
from datetime import datetime, timedelta
from io import BytesIO

from casemgr.demo import asking
from casemgr.demo.course import Life
from casemgr.demo.papers import paper
from casemgr.services import files
from workflows.categories import statistics_type
from workflows.guards import local_date, visit_if_drawn

Phase = Generator[datetime, None, bool]
LIMIT = 1 << 20
SESSIONS = {"yellow": 1, "orange": 2, "red": 3}
SAID = (
    "已与双方通话，说明调解自愿、免费，约定见面时间。", "上门了解情况，双方愿意坐下来谈。",
    "电话沟通，当事人情绪平稳，同意先不激化。", "走访邻居核实经过，收集照片和票据。",
)  # fmt: skip
NOTES = (
    "联系有关部门核实情况，等待书面回复。", "再次走访当事人，双方差距缩小。", "查看现场并拍照存档。",
    "与双方分别沟通赔付数额，约定下次见面。", "请楼栋长协助做工作，情绪稳定。",
)  # fmt: skip
SATISFACTION = ("satisfied",) * 12 + ("fairly",) * 4 + ("unrated",) * 3 + ("dissatisfied",)


def small(life: Life) -> Generator[datetime, None, None]:
    """Settled on the spot by whoever found it."""
    life.act("registrar", "settle_on_spot", minutes=life.chance.randint(8, 45), settlement=life.story.terms)
    yield from ()


def dispute(life: Life) -> Generator[datetime, None, None]:
    """From acceptance to the end, or to the stage where it stays."""
    for phase in (accepted, assigned, prepared, turned, mediated, agreed, performed, closed):
        if not (yield from phase(life)):
            return


def accepted(life: Life) -> Phase:
    """The head of the committee screens it."""
    if life.stop == "registered":
        return False
    red, story, chance = life.tier == "red", life.story, life.chance
    if life.stop == "accepted":
        yield max(life.course.now - timedelta(minutes=chance.randint(2, 22)), life.at)
    else:
        soon = red or life.any_day
        yield life.at + timedelta(minutes=chance.randint(10, 70)) if soon else life.after(0.2, 3.4)
    if life.kind == "refused":
        life.act("head", "refuse", ground="court", path="court", told="法院已立案，请按诉讼程序办理，已告知联系电话。", may_flare_up=False)
        return False
    people = story.facts.get("people", 2)
    scale = "03" if people >= 30 else "02" if people >= 5 else "01"
    answers = dict(story.facts) | {"category": story.category, "scale_code": scale}
    if story.category.startswith("01"):
        answers["safety_concern"] = story.safety
        if story.safety:
            answers["bodies_told"] = ["police", "women"]
    life.act("head", "accept", statistics_type=statistics_type(story.category), **answers)
    return life.stop != "accepted"


def assigned(life: Life) -> Phase:
    """A mediator is found, and takes it."""
    chance = life.chance
    if chance.random() < 0.12 and life.tier != "red":
        yield life.at + timedelta(minutes=chance.randint(31, 36))
        handler, team = asking.mediator_for(life)
        life.act("scheduler", "auto_assign", handler_id=handler, team_id=team)
    else:
        give(life)
    if life.kind == "declined":
        yield life.after(0.5, 2)
        life.act("handler", "decline", ground="load")
        yield life.after(0.3, 1.5)
        give(life)
    if life.stop == "assigned":
        return False
    yield life.at + timedelta(minutes=chance.randint(20, 90)) if life.tier == "red" else life.after(0.5, 4.5)
    take(life)
    return True


def give(life: Life) -> None:
    """The head assigns it."""
    handler, team = asking.mediator_for(life)
    life.act("head", "assign", minutes=life.chance.randint(4, 20), handler_id=handler, team_id=team)


def take(life: Life) -> None:
    """The mediator takes it, speaks to the parties and notes who they are."""
    life.act("handler", "take")
    life.act("handler", "record_contact", minutes=life.chance.randint(5, 25), way="phone", said=life.chance.choice(SAID))
    add_parties(life)
    if life.tier == "red" and life.kind != "without_patron":
        life.act("lead", "name_patron", minutes=20, patron_id=asking.patron_for(life), plan="专班牵头，每日会商，先稳情绪，再议赔付，十日内拿出方案。")


def add_parties(life: Life) -> None:
    """Both sides, with a telephone of the applicant."""
    story, number = life.story, life.chance.randint(0, 9999)
    if any(party.side == "applicant" for party in life.draft.parties):
        return
    life.act("handler", "add_party", minutes=3, side="applicant", name=story.applicant, phone=f"1950000{number:04}", claim=story.claim)
    kind = "organisation" if story.organisation else "person"
    life.act("handler", "add_party", minutes=2, side="respondent", name=story.respondent, person_kind=kind)


def prepared(life: Life) -> Phase:
    """The parties agree to mediation, or one of them does not."""
    yield life.after(1, 4) if life.tier == "red" else life.after(1.5, 8)
    today = local_date(life.at).isoformat()
    if life.kind == "withdrawn":
        life.act("handler", "withdraw", party=life.party("applicant"), statement="双方已自行说清，不用调解了。", evidence="message")
        return False
    refuses = life.kind == "terminated" or life.stop == "terminated"
    for side in ("applicant", "respondent"):
        consent = "refused" if refuses and side == "respondent" else "given"
        life.act("handler", "record_consent", minutes=4, party=life.party(side), consent=consent, evidence="signature", consented_on=today)
    if not refuses:
        life.act("handler", "inform_rights", minutes=2, way="oral")
        return True
    life.act("handler", "terminate", minutes=10, ground="refuses")
    if life.stop == "terminated":
        return False
    yield life.after(4, 20)
    if life.tier == "red":
        life.act("lead", "sign_off", note="情况属实，同意按程序结束。")
    life.act("head", "notify_and_close", notified_on=local_date(life.at).isoformat(), way="visit")
    return False


def turned(life: Life) -> Phase:
    """What makes this one special on the way: a risk, a request, a long wait."""
    if life.kind == "risk":
        yield life.after(1, 4)
        more = {"people": life.chance.randint(6, 16)} if life.tier == "yellow" else {"police_calls": 3}
        life.act("grid_worker", "record_fact", **more)
    elif life.kind == "late":
        due_at = life.draft.clock_rows["settle"]["due_at"]
        yield life.on_day(local_date(due_at) + timedelta(days=1))
    elif life.kind == "extended_short" and life.tier == "yellow":
        yield life.after(10, 18)
        if life.tier == "yellow":
            life.act("handler", "extend_yellow", length="6 days", reason="一方出差，约定回来后面谈。")
        yield life.after(20, 30)
    elif life.kind.startswith("asking_"):
        yield max(life.course.now - timedelta(minutes=life.chance.randint(30, 300)), life.at)
        if asking.is_possible(life, kind := life.kind.removeprefix("asking_")):
            asking.ask(life, kind)
        yield from keep_on(life)
        return False
    elif life.kind in asking.REQUESTS:
        yield from asking.granted(life, life.kind)
        if life.stop == "suspended":
            return False
        if life.draft.row["state"] == "accepted":  # moved up or handed over: another committee goes on
            give(life)
            yield life.after(0.5, 4)
            take(life)
    return True


def mediated(life: Life) -> Phase:
    """Sessions until an agreement is in sight."""
    sessions = SESSIONS[life.tier] + (life.kind == "retried")
    for number in range(1, sessions + 1):
        yield from waited(life, 3, 7)
        last = number == sessions
        failed = life.kind in ("retried", "failed") and number == 1
        record_session(life, "failed" if failed else "agreed" if last and not life.stop else "continued")
        if failed or (life.stop == "failed" and last):
            life.act("handler", "fail", minutes=10, why="双方对赔付数额差距过大，各不相让。", routes=["court", "arbitration"])
            if life.stop == "failed":
                return False
            if life.kind == "failed":
                return (yield from referred(life))
            yield life.after(6, 14)
            life.act("handler", "try_again", reason="一方主动联系，愿意降低要求再谈一次。")
    if life.stop == "mediation":
        yield from keep_on(life)
        return False
    return True


def waited(life: Life, low: float, high: float) -> Generator[datetime, None, None]:
    """Some working hours; a red matter is written up each working day."""
    days = 3 if life.tier == "red" else 1
    for _ in range(days - 1):
        yield life.after(4.2, 6.6)
        life.act("handler", "record_note", note=life.chance.choice(NOTES))
    yield life.after(low, min(high, 6.6) if life.tier == "red" else high)


def keep_on(life: Life) -> Generator[datetime, None, None]:
    """Notes of progress, each in time, until now."""
    while True:
        yield life.after(4, 6.6) if life.tier == "red" else life.after(9, 26)
        if life.draft.row["state"] in ("in_mediation", "assigned", "accepted", "suspended"):
            life.act("handler" if life.draft.row["handler_id"] else "head", "record_note", note=life.chance.choice(NOTES))


def record_session(life: Life, outcome: str) -> None:
    """A session that has just ended."""
    life.act(
        "handler", "record_session", minutes=70, started_at=life.at.isoformat(), ended_at=(life.at + timedelta(minutes=65)).isoformat(),
        place=f"{life.community.area.name}调解室", attendees=f"{life.story.applicant}、{life.story.respondent}、网格员",
        mode="separate" if life.story.safety else "joint", outcome=outcome,
        record=f"申请人要求：{life.story.claim or '妥善解决'}。对方陈述意见，调解员讲明法律和情理，双方继续商量。",
    )  # fmt: skip


def referred(life: Life) -> Phase:
    """Mediation has failed; the court takes it."""
    yield life.after(8, 24)
    if life.tier == "red":
        life.act("lead", "sign_off", note="已多次调解，同意引导诉讼。")
    number = f"云澜法诉前{life.chance.randint(100, 999)}号"
    life.act("handler", "refer_and_close", path="court", receipt_number=number)
    return False


def agreed(life: Life) -> Phase:
    """By word, done at once, or in writing with a day of performance."""
    story, chance = life.story, life.chance
    issues = f"{story.text[:120]}经核实，双方对主要事实无异议。"
    oral = life.tier == "yellow" and not life.stop and life.kind in ("", "declined", "extended_short", "reopened") and chance.random() < 0.55
    if oral:
        life.act(
            "handler", "agree_oral", minutes=8, issues=issues, terms=story.terms, done_on_the_spot=True, written_wanted=False
        )
        return True
    yield life.after(0.3, 4)
    write_agreement(life, issues)
    if life.kind == "confirmed":
        yield from confirmed(life)
    if life.kind in ("breached", "breached_referred") or life.stop == "breached":
        return (yield from breached(life, issues))
    return life.stop != "agreed"


def write_agreement(life: Life, issues: str) -> None:
    """The agreement signed by all, with its scan."""
    course, story, today = life.course, life.story, local_date(life.at)
    days = life.chance.randint(2, 18)
    if life.stop == "agreed":
        days = max(days, (local_date(course.now) - today).days + life.chance.randint(0, 16))
    elif life.stop in ("performed", "breached"):
        days = life.chance.randint(1, 3)
    lines = ["人民调解协议书（演示）", story.title, f"申请人：{story.applicant}", f"被申请人：{story.respondent}", "协议内容：", story.terms, f"签订日期：{today}"]
    signed = files.store(course.session.info["files"], BytesIO(paper(lines)), "调解协议书.pdf", limit=LIMIT)
    life.act(
        "handler", "agree_written", minutes=25, issues=issues, terms=story.terms, perform_how=f"在{life.community.area.name}调解室当面履行，网格员见证。",
        perform_on=(today + timedelta(days=days)).isoformat(), in_force_on=today.isoformat(), signed=signed,
    )  # fmt: skip


def confirmed(life: Life) -> Generator[datetime, None, None]:
    """The court confirms it before it is performed."""
    yield life.after(7, 28)
    life.act("handler", "apply_confirmation", applied_on=local_date(life.at).isoformat(), both_jointly=True, subject="duties", court="云澜区人民法院向阳人民法庭")
    yield life.after(7, 18)
    life.act("handler", "court_accepts", decided_on=local_date(life.at).isoformat())
    yield life.after(20, 60)
    life.act("handler", "court_confirms", decided_on=local_date(life.at).isoformat(), paper=f"司确{life.chance.randint(10, 299)}号")


def breached(life: Life, issues: str) -> Phase:
    """The other side does not do what was agreed."""
    yield life.on_day(life.draft.clock_rows["perform"]["due_on"] + timedelta(days=2))
    life.act("handler", "record_breach", party=life.party("respondent"), what="到期未按协议付款。", why="称资金周转困难")
    if life.stop == "breached":
        return False
    if life.kind == "breached_referred":
        return (yield from referred(life))
    yield life.after(5, 12)
    life.act("handler", "mediate_anew", reason="一方愿意分期履行，双方同意重新商量。")
    yield from waited(life, 3, 7)
    record_session(life, "agreed")
    yield life.after(0.5, 3)
    write_agreement(life, issues)
    return True


def performed(life: Life) -> Phase:
    """On the day agreed, or near it."""
    if life.draft.row["state"] == "agreed":
        yield life.on_day(life.draft.clock_rows["perform"]["due_on"] - timedelta(days=life.chance.choice((0, 0, 0, 1))))
        life.act("handler", "record_performance", done_on=local_date(life.at).isoformat(), what="按协议履行完毕。")
    return life.stop != "performed"


def closed(life: Life) -> Phase:
    """Somebody else follows up, then it is closed; the party may still object."""
    for again in (False, True):
        yield life.after(10, 50)
        red = life.tier == "red"
        drawn = visit_if_drawn(life.draft.view(), {}, life.at) is not None
        way = "visit" if red or drawn else life.chance.choice(("phone", "phone", "message", "visit"))
        duty = life.chance.choice(("head", "grid_worker"))
        life.act(duty, "follow_up", way=way, found_performed="all", satisfaction=life.chance.choice(SATISFACTION))
        if red:
            life.act("lead", "sign_off", minutes=40, note="回访属实，同意结案。")
        yield life.after(0.2, 6)
        life.act("head", "close", summary="双方履行完毕，回访无异议。")
        if again or life.kind != "reopened":
            return True
        if life.stop == "reopened":
            yield max(life.course.now - timedelta(minutes=life.chance.randint(60, 400)), life.at)
        else:
            yield life.after(40, 120)
        life.act(
            "head", "reopen", party=life.party("applicant"), objection="问题又出现了，要求重新处理。", evidence="message",
            handler_id=life.draft.row["handler_id"],
        )
        if life.stop == "reopened":
            yield from keep_on(life)
        yield from waited(life, 3, 7)
        record_session(life, "agreed")
        yield life.after(0.5, 3)
        write_agreement(life, "复核现场，原问题再次出现，双方重新约定。")
        yield from performed(life)
    return True
