"""The pages that a customer's people and the partner's operators see, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.emulator.running import Bench, decoded

pytestmark = pytest.mark.browser
READER = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.set_default_timeout(10_000)
    yield page
    page.close()


def _sign_in(page: Page, upn: str, code: str = "123456") -> None:
    page.get_by_label("Account").fill(upn)
    page.get_by_label("Code from your authenticator app").fill(code)
    page.get_by_role("button", name="Sign in").click()


def _admin(bench: Bench, number: int = 0) -> str:
    return bench.world.customers[bench.customer(number)].admin_upn


def test_a_global_administrator_accepts_the_partner(bench: Bench, page: Page) -> None:
    link = bench.get("/v1/customers/relationshiprequests", "target")["url"]
    page.goto(link)
    _sign_in(page, _admin(bench))
    expect(page.get_by_role("heading", name="Accept partner invitation")).to_be_visible()
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Accept partner").click()
    expect(page.get_by_role("status")).to_contain_text("Neumark Cloud Services is your partner")
    assert [c["id"] for c in bench.get("/v1/customers", "target")["items"]] == [bench.customer()]
    (entry,) = bench.truth("/call-record")["items"]
    assert (entry["operation"], entry["actor"]) == ("accept-relationship", "customer")
    assert _admin(bench) in entry["detail"]


def test_somebody_who_is_no_administrator_is_told_so(bench: Bench, page: Page) -> None:
    person = next(
        u
        for u in bench.truth(f"/customers/{bench.customer()}")["users"]
        if not u["userPrincipalName"].startswith("admin@")
    )
    page.goto(bench.get("/v1/customers/relationshiprequests", "target")["url"])
    _sign_in(page, person["userPrincipalName"])
    expect(page.get_by_role("alert")).to_contain_text("You don't have permission")
    page.get_by_role("button", name="Use another account").click()
    _sign_in(page, "nobody@nowhere.example")
    expect(page.get_by_role("alert")).to_contain_text("could not find this account")
    assert bench.get("/v1/customers", "target")["items"] == []


def test_the_fragment_of_an_admin_request_survives_signing_in_and_another_tenant_is_refused(
    bench: Bench, page: Page
) -> None:
    tid = bench.customer()
    root = "/v1.0/tenantRelationships/delegatedAdminRelationships"
    body = {
        "displayName": "Support", "duration": "P730D", "customer": {"tenantId": tid},
        "accessDetails": {"unifiedRoles": [{"roleDefinitionId": READER}]},
    }  # fmt: skip
    rid = bench.call("POST", root, "target", body, kind="app").json()["id"]
    bench.call("POST", f"{root}/{rid}/requests", "target", {"action": "lockForApproval"}, kind="app")
    link = f"{bench.ready['api']}/AdminPortal/Home#/partners/invitation/granularAdminRelationships/{rid}"
    page.goto(link)
    page.wait_for_url("**/AdminPortal/gdap/**")
    _sign_in(page, _admin(bench, 1))
    expect(page.get_by_role("heading", name="Wrong organization")).to_be_visible()
    page.get_by_role("button", name="Use another account").click()
    page.goto(link)
    page.wait_for_url("**/AdminPortal/gdap/**")
    _sign_in(page, _admin(bench))
    expect(page.get_by_text("Global Reader")).to_be_visible()
    page.get_by_role("button", name="Approve all").click()
    expect(page.get_by_text("approved")).to_be_visible()
    bench.advance(minutes=10)
    assert bench.call("GET", f"{root}/{rid}", "target", kind="app").json()["status"] == "active"


def test_the_agreement_is_accepted_directly(bench: Bench, page: Page) -> None:
    number = next(
        n
        for n in range(12)
        if not any(a["direct"] for a in bench.truth(f"/customers/{bench.customer(n)}")["agreements"])
    )
    page.goto(bench.ready["api"] + "/AdminPortal/Home?ref=/BillingAccounts/agreement")
    _sign_in(page, _admin(bench, number))
    page.get_by_label("First name").fill("Käthe")
    page.get_by_label("Last name").fill("Müller")
    page.get_by_label("E-mail").fill("kaethe@mueller.example")
    page.get_by_role("button", name="Accept agreement").click()
    expect(page.get_by_role("status")).to_contain_text("accepted")
    path = f"/v1/customers/{bench.customer(number)}/directSignedMicrosoftCustomerAgreementStatus"
    assert bench.get(path, "source") == {"isSigned": True}


def test_the_component_works_inside_a_frame_of_another_page(bench: Bench, page: Page) -> None:
    body = {
        "country": "DE", "language": "de-DE", "companyName": "Bäckerei Müller GmbH", "signatoryFirstName": "Käthe",
        "signatoryLastName": "Müller", "signatoryEmail": "kaethe@mueller.example",
    }  # fmt: skip
    made = decoded(bench.call("POST", "/v1/attestations/enhanced", "target", body, kind="app"))
    page.set_content(f'<iframe src="{made["url"]}" width="700" height="700" title="Agreement"></iframe>')
    frame = page.frame_locator("iframe")
    frame.get_by_role("button", name="Vereinbarung annehmen").click()
    expect(frame.get_by_role("status")).to_contain_text("angenommen")
    state = bench.get(f"/v1/attestations/enhanced/{made['id']}", "target", kind="app")
    assert state["status"] == "accepted"


def test_the_page_of_the_state_shows_what_happened(bench: Bench, page: Page) -> None:
    bench.accepted(bench.customer())
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto(bench.ready["control"])
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    expect(page.get_by_role("heading", name="Partner Center emulator")).to_be_visible()
    expect(page.get_by_role("cell", name="accept-relationship")).to_be_visible()
