"""What the tests of jobs share: a site on the test's database, and a small street in it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from casemgr.config import Settings
from casemgr.jobs.site import Site, open_site
from tests.jobs.world import Street, make_street


@pytest.fixture
def site(settings: Settings, engine: Engine) -> Site:
    return open_site(settings, engine)


@pytest.fixture
def session(site: Site) -> Iterator[Session]:
    with site.sessions() as session:
        yield session


@pytest.fixture
def street(session: Session) -> Street:
    return make_street(session)
