"""Signs and cells made in Python: what people wrote is escaped, words follow the language of each request."""

import pytest
from flask import render_template_string

from casemgr.web.marks import num_td, tag, td, tier_shape

EVIL = '"><script>x</script>'
MARKED = '{% from "macros/marks.html" import icon, tier, tag %}{% from "macros/table.html" import td %}'


@pytest.fixture
def page(app):
    """A template shown in a request with these cookies, in a language."""

    def show(source: str, lang: str = "en", **values):
        with app.test_request_context(f"/?lang={lang}", headers={"Cookie": values.pop("cookie", "")}):
            app.preprocess_request()
            return render_template_string(MARKED + source, **values)

    return show


@pytest.mark.parametrize("source", ['{{ td(w, w, href=w, sub=w, kind=w, tone=w) }}', "{{ tag(w, w) }}", "{{ icon('stop', w) }}",
                                    "{{ tier('red', label=w) }}", "{% call td(w) %}{{ w }}{% endcall %}"])  # fmt: skip
def test_what_people_wrote_is_escaped(page, source):
    shown = page(source, w=EVIL)
    assert "<script>" not in shown and "&lt;script&gt;" in shown


def test_numbers_are_escaped_and_drill():
    assert str(num_td("a<b", 3, "/x?a=1&b=2")) == (
        '<td class="is-num" role="cell" data-label="a&lt;b"><div><a class="num-link" href="/x?a=1&amp;b=2">3</a></div></td>'
    )
    assert 'class="is-zero">0<' in str(num_td("a", 0, "/x"))


def test_every_page_speaks_its_own_language(page):
    words = [page("{{ tier('red') }}{{ _('Case work') }}", lang=lang) for lang in ("zh_Hans", "en", "zh_Hans")]
    assert words[0] == words[2] != words[1]
    assert "Red" in words[1] and "红" in words[0]


def test_no_colour_is_said_face_to_face(page):
    assert page("{{ tier('red') }}", cookie="face_to_face=on") == ""
    assert "tier-red" in page("{{ tier('red') }}")


def test_values_of_a_sentence_are_escaped(page):
    assert "&lt;b&gt;" in page("{{ _('by %(moment)s', moment=w) }}", w="<b>")


def test_plain_parts():
    assert "tier-none" not in str(tag("x")) and str(tier_shape("odd")).count("circle") == 1
    assert str(td("l", 0)) == '<td role="cell" data-label="l"><div>0</div></td>'
