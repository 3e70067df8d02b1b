"""How many statements it takes to register a matter and to take the step that brings most with it, what is read of the log-in included."""

from contextlib import contextmanager

from sqlalchemy import event

from tests.web.test_register import LEAK
from tests.world import token_of

MOST = {"sqlite": (33, 28), "postgresql": (19, 22)}  # to register, to accept; PostgreSQL writes several tables in one statement


@contextmanager
def counted(app):
    """The statements sent meanwhile."""
    sent: list[str] = []
    note = lambda *args: sent.append(args[2])  # noqa: E731
    event.listen(app.extensions["engine"], "before_cursor_execute", note)
    yield sent
    event.remove(app.extensions["engine"], "before_cursor_execute", note)


def test_the_statements_of_writing_are_bounded(app, world):
    worker, head = world.client(app, "worker_a1"), world.client(app, "head_a")
    said = {"csrf_token": token_of(worker.get("/cases/new").text), "area_id": str(world.areas["grid_a1"].id), "result": "help"}
    for n in range(2):  # the first one makes the series of numbers
        with counted(app) as registering:
            answer = worker.post("/cases/new", data={**said, "text": f"{LEAK}{n}"})
        assert answer.status_code == 302
        form = f"{answer.location}/steps/accept"
        given = {"csrf_token": token_of(head.get(form).text), "category": "0402", "people": "12", "money": "46000"}
        with counted(app) as accepting:
            assert head.post(form, data=given).status_code == 302
    most = MOST[app.extensions["engine"].dialect.name]
    assert len(registering) <= most[0], "\n".join(registering)
    assert len(accepting) <= most[1], "\n".join(accepting)
