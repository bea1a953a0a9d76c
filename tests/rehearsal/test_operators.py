"""What simulated operators see on the console's pages."""

from novation.rehearsal.operators import has_next_sheet, stopped_places

ALERT = """<div class="note note--act" role="alert"><svg></svg><div><p><strong>Pilot stopped itself.</strong>
5 mails came back. <a href="/console/waves/3/">Look at it</a></p></div></div>"""
PAGE = '<a href="/console/waves/7/">Everybody else</a><div role="status"><p>Done.</p></div>'


def test_a_wave_that_stopped_itself_is_found_by_its_alert() -> None:
    assert stopped_places(PAGE + ALERT) == ["/console/waves/3/"]


def test_a_programme_that_stopped_itself_is_resumed_on_the_home_page() -> None:
    assert stopped_places(ALERT.replace("/console/waves/3/", "/console/")) == ["/console/"]


def test_nobody_opens_waves_that_run() -> None:
    assert stopped_places(PAGE) == []


def test_the_next_sheet_of_a_list_is_asked_for_only_when_there_is_one() -> None:
    pager = ["http://127.0.0.1:1/console/tasks/?show=free&page=2", "http://127.0.0.1:1/console/tasks/?page=1"]
    assert has_next_sheet(pager, 1)
    assert not has_next_sheet(pager, 2)
    assert not has_next_sheet(["http://127.0.0.1:1/console/tasks/?page=20"], 1)
