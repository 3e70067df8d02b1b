"""What the tests with killed processes share."""

from tests.jobs.conftest import site, street  # noqa: F401
