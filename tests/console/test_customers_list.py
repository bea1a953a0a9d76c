"""The list of customers: every filter, search, sorting, paging, and a number of queries that does not grow."""

import html
import re
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from novation.customers.models import Customer
from novation.domain.facts import ItemState
from novation.domain.tracks import Code, Track
from novation.moves.models import Move
from novation.moves.selectors import customers, tally
from novation.moves.selectors.customers import Wish, fold, wanted
from novation.moves.services import reverse_moves
from tests.console import portfolio
from tests.console.conftest import Browser
from tests.console.portfolio import NOW, Portfolio


def names(answer: Any) -> list[str]:
    return re.findall(r'href="/console/customers/([^/"]+)/"\s+title=', answer.content.decode())


def test_every_number_of_the_overview_opens_a_list_of_that_length(built: Portfolio) -> None:
    # One who stays although a track was still open: it counts as staying, in the list as in the number.
    Move.objects.filter(pk=built.by_kind["refused"].pk).update(closeout_state="stays", stage="stays")
    counted = tally.tally(built.programme)
    for track in Track:
        for code in Code:
            number = counted.by_track[track][code]
            if code is Code.ACT:
                number += counted.by_track[track][Code.UNKNOWN]
            found = wanted(built.programme, Wish(track=track, code=code), NOW).count()
            assert found == number, (track, code)


def test_every_chip_shows_as_many_as_it_says(operator: Browser, built: Portfolio) -> None:
    counted = tally.tally(built.programme)
    for show, number in customers.chip_counts(built.programme, counted, NOW).items():
        assert wanted(built.programme, Wish(show=show), NOW).count() == number, show
        answer = operator.get(f"/console/customers/?show={show}&per=100")
        assert len(names(answer)) == number, show


def test_the_chips_find_what_their_words_say(built: Portfolio) -> None:
    def found(show: str) -> set[str]:
        kinds = {move.reference: kind for kind, move in built.by_kind.items()}
        return {kinds[move.reference] for move in wanted(built.programme, Wish(show=show), NOW)}

    assert found("needs-you") == {
        "blocked", "bounced", "question", "silent", "accept", "stalled", "refused", "failed", "differs",
    }  # fmt: skip
    assert found("customer") == {"told", "perhaps", "delegated", "accept", "self"}
    assert found("called") == {"silent"}
    assert found("stays") == {"declined", "unreachable"}
    assert found("finished") == {"closed"}
    assert found("unknown") == {"checking"}
    assert found("moving") == {"moving", "failed", "differs"}


def test_moves_back_have_a_list_of_their_own_once_there_are_any(operator: Browser, built: Portfolio) -> None:
    assert "Moves back" not in operator.get("/console/customers/").content.decode()
    closed = built.by_kind["closed"]
    item = closed.items.first()
    assert item is not None
    closed.items.filter(pk=item.pk).update(state=ItemState.VERIFIED)
    back = reverse_moves.begin(
        closed, reason="The customer wants it.", person=built.people["operator"], now=NOW
    )
    page = operator.get("/console/customers/?show=back")
    assert names(page) == [back.reference]
    assert "Moves back" in page.content.decode()
    assert back.reference not in names(operator.get("/console/customers/?per=100")), "counted as one customer"


def test_a_customer_who_stays_needs_nobody_any_more(built: Portfolio) -> None:
    move = built.by_kind["refused"]
    Move.objects.filter(pk=move.pk).update(closeout_state="stays", stage="stays")
    assert move not in wanted(built.programme, Wish(show="needs-you"), NOW)
    assert move in wanted(built.programme, Wish(track=Track.AGREEMENT, code=Code.STAY), NOW)


def test_a_state_of_a_newer_release_is_unknown_and_can_be_found(operator: Browser, built: Portfolio) -> None:
    Move.objects.filter(pk=built.moves[0].pk).update(access_state="brand-new")
    assert built.moves[0] in wanted(built.programme, Wish(track=Track.ACCESS, code=Code.UNKNOWN), NOW)
    assert b"brand-new" in operator.get(f"/console/customers/{built.moves[0].reference}/").content


def test_a_search_finds_names_without_accents_domains_references_and_people(
    operator: Browser, built: Portfolio
) -> None:
    for typed, name in (
        ("dvorak", "Strojírny Dvořák"),
        ("ŽĎÁRSKÝ", "Strojírny Dvořák"),
        ("muller prazision", "Müller-Weißenböck"),
        ("angstrom", "Ångström"),
        ("firma0003.onmicrosoft", "Château"),
        ("SEV-0003", "Château"),
        ("jana@firma3.example", "Château"),
        ("<Printing>", "O’Neill & Sons <Printing>"),
    ):
        answer = operator.get("/console/customers/", {"q": typed})
        assert names(answer), typed
        assert name in html.unescape(answer.content.decode()), typed


def test_a_tenant_id_is_found_by_its_beginning(operator: Browser, built: Portfolio) -> None:
    move = built.moves[5]
    answer = operator.get("/console/customers/", {"q": move.customer.tenant_id[:13]})
    assert names(answer) == [move.reference]


def test_a_search_without_a_result_says_so_and_offers_the_wider_one(operator: Browser) -> None:
    page = operator.get("/console/customers/?q=Nobody+GmbH&show=finished").content.decode()
    assert "No customer matches “Nobody GmbH” here." in page
    assert 'href="/console/customers/?q=Nobody+GmbH"' in page


def test_odd_words_are_searched_as_words(operator: Browser) -> None:
    for typed in ["%", "_", "'", '"><script>', "\x00", "\\", "=cmd", "ﷺ" * 300]:
        answer = operator.get("/console/customers/", {"q": typed})
        assert answer.status_code == 200, typed
        assert b"<script>" not in answer.content


def test_an_address_that_means_nothing_still_opens(operator: Browser) -> None:
    for query in (
        "track=nonsense&code=wait",
        "page=-1",
        "page=999999",
        "page=x",
        "per=7",
        "wave=x",
        "sort=;drop",
    ):
        assert operator.get(f"/console/customers/?{query}").status_code == 200, query


def test_filters_narrow_together(operator: Browser, built: Portfolio) -> None:
    answer = operator.get("/console/customers/?wave=1&country=DE&show=needs-you")
    found = names(answer)
    assert found
    for reference in found:
        move = Move.objects.get(reference=reference)
        assert (move.wave.number if move.wave else None, move.customer.country) == (1, "DE")


def test_each_sorting_keeps_everybody(operator: Browser, built: Portfolio) -> None:
    for sort in ("name", "-name", "seats", "-seats", "decision", "-decision", "closeout"):
        found = names(operator.get(f"/console/customers/?sort={sort}&per=100"))
        assert sorted(found) == sorted(move.reference for move in built.moves), sort


def test_sorting_by_a_track_puts_the_newest_change_first(operator: Browser, built: Portfolio) -> None:
    found = names(operator.get("/console/customers/?sort=decision"))
    moments = [Move.objects.get(reference=reference).decision_since for reference in found]
    known = [moment for moment in moments if moment is not None]
    assert known == sorted(known, reverse=True)
    assert moments[: len(known)] == known


def test_pages_together_show_everybody_once(operator: Browser, built: Portfolio) -> None:
    for number in range(40):
        portfolio.customer(built.programme, 100 + number, {}, None)
    found: list[str] = []
    for page in (1, 2, 3):
        found += names(operator.get(f"/console/customers/?page={page}"))
    assert len(found) == len(set(found)) == len(built.moves) + 40


def test_columns_and_density_are_kept_for_the_person(operator: Browser) -> None:
    answer = operator.post("/console/customers/view", {"col": ["notice", "closeout"], "density": "compact"})
    assert answer.status_code == 303
    page = operator.get("/console/customers/").content.decode()
    assert "is-compact" in page
    assert 'data-label="Notice"' in page
    assert 'data-label="Decision"' not in page
    airy = operator.get("/console/customers/?density=airy").content.decode()
    assert "is-compact" not in airy


def test_the_number_of_queries_does_not_grow_with_the_customers(operator: Browser, built: Portfolio) -> None:
    def queries(path: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            assert operator.get(path).status_code == 200
        return len(caught)

    paths = ["/console/customers/?per=100", "/console/customers/?q=firma&per=100", "/console/", "/console/waves/",
             f"/console/waves/{built.waves[0].pk}/", "/console/tasks/"]  # fmt: skip
    before = [queries(path) for path in paths]
    for number in range(60):
        kind, states = portfolio.STANDS[number % len(portfolio.STANDS)]
        move = portfolio.customer(built.programme, 200 + number, states, built.waves[0])
        portfolio.furnish(move, kind, 200 + number)
    assert [queries(path) for path in paths] == before
    assert max(before) < 30


def test_five_thousand_customers_are_listed_in_well_under_a_second(
    operator: Browser, built: Portfolio
) -> None:
    Customer.objects.bulk_create(
        Customer(
            tenant_id=f"t-{n}",
            reference=f"t-{n}",
            name=f"Kovářství Žížala {n:05d}",
            domain=f"k{n}.example",
            created_at=NOW,
        )
        for n in range(5000)
    )
    Move.objects.bulk_create(
        Move(
            programme=built.programme,
            customer_id=pk,
            reference=f"BIG-{pk}",
            words="",
            created_at=NOW,
            notice_state="sent",
            decision_state="asked",
        )
        for pk in Customer.objects.filter(tenant_id__startswith="t-").values_list("pk", flat=True)
    )
    with CaptureQueriesContext(connection) as caught:
        answer = operator.get("/console/customers/?q=zizala+0123")
    assert len(names(answer)) == 11
    # Time of the database alone: the machine that runs the tests may be busy.
    assert sum(float(query["time"]) for query in caught) < 1.0


def test_folding_keeps_what_is_no_accent() -> None:
    assert fold("Straße ŽĎÁR") == "strasse zdar"
    assert fold("Ǆ 株式会社") == "dz 株式会社"
