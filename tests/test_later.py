"""A web worker does not hold what few requests need: it is loaded by who asks for it first."""

import subprocess
import sys

from casemgr.later import Later

RARE = ("openpyxl", "xlsxwriter", "docx", "pypdf", "PIL", "icalendar", "alembic", "authlib", "requests", "weasyprint", "pypinyin")


def test_the_application_loads_without_them() -> None:
    """In a process of its own: here other tests have loaded them."""
    code = f"import sys, casemgr; print([name for name in {RARE!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_is_asked_for_is_there() -> None:
    assert Later("xml.dom.minidom").parseString("<a/>").documentElement.tagName == "a"
