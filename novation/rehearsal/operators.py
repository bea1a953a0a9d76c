"""Simulated operators: one works the queue, one approves. They see the console only, over HTTP, like anybody."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from novation.rehearsal.browser import Browser, Form, Page, PageError
from novation.rehearsal.customers import Customer, access_request, other_address
from novation.rehearsal.emulator_control import Emulator, Refused
from novation.rehearsal.ground_truth_log import Act, GroundTruthLog
from novation.rehearsal.personas import Reachability

log = logging.getLogger(__name__)

#: Windows that the worker has open side by side.
TABS = 6
#: Times that a plan which changes under their hands is looked at anew.
MAX_PLAN_REVIEWS = 5

_TASK = re.compile(r"/console/tasks/(\d+)/take$")
_ALERT = re.compile(r'role="alert".*?</div>', re.DOTALL)
_STOPPED = re.compile(r'href="(/console/(?:waves/\d+/)?)"')
_TENANT = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")


def stopped_places(text: str) -> list[str]:
    """The pages to which the alerts of a console page lead: waves that stopped themselves, or the home page."""
    return sorted({place for alert in _ALERT.findall(text) for place in _STOPPED.findall(alert)})


def has_next_sheet(links: Iterable[str], sheet: int) -> bool:
    """True when one of the links of a list leads to the sheet after this one."""
    following = re.compile(rf"[?&]page={sheet + 1}(?:&|$)")
    return any(following.search(link) for link in links)


@dataclass
class OperatorSession:
    """One operator with a signed-in browser."""

    email: str
    name: str
    password: str = field(repr=False)
    browser: Browser

    def sign_in(self) -> None:
        """Signs in.

        Raises:
            NoPage: the console did not let this person in.
        """
        form = self.browser.get("/accounts/login/").require_form(holding="login")
        page = self.browser.submit(form, login=self.email, password=self.password)
        if "/console/" not in page.url:
            raise PageError(f"{self.email} was not let into the console ({page.status} {page.url})")


@dataclass
class OperatorTeam:
    """The two operators and what they know of their customers: the contract, and the customer's admin account."""

    worker: OperatorSession
    approver: OperatorSession
    customers: dict[str, Customer]
    emulator: Emulator
    ground_truth: GroundTruthLog
    seed: int
    now: Callable[[], datetime]

    def __post_init__(self) -> None:
        self._rounds: dict[tuple[str, str], int] = {}
        self._lock = threading.Lock()
        self._local = threading.local()  # rounds that were counted for the task in hand

    def launch_wave(self, wave: int, customers: int) -> None:
        """Launches a wave from its page, after the second person has agreed to its list."""
        self._confirm_test_mail()
        agree = self.approver.browser.get(f"/console/waves/{wave}/").form(to="/approve")
        if agree is not None:
            self.approver.browser.submit_and_leave(agree)
        page = self.worker.browser.get(f"/console/waves/{wave}/")
        for _look in range(MAX_PLAN_REVIEWS):
            form = page.form(to="/launch")
            if form is None:
                return  # launched, now or before: the answer to the first time may have been lost
            # A colleague who finds a contact meanwhile changes the plan; the refusal shows the new one.
            page = self.worker.browser.submit(form, customers=str(customers))
        if page.form(to="/launch") is not None:
            raise PageError(f"wave {wave} was not launched ({page.status})")

    def _confirm_test_mail(self) -> None:
        """Asks for a test mail and says that it arrived, as the page wants it before the first wave."""
        session = self.worker.browser
        page = session.get("/console/mail/")
        if "novation.M021" not in page.text:
            return  # somebody has seen one
        ask = page.form(to="/mail/test")
        if ask is not None:
            session.submit_and_leave(ask, language="en")
        for _try in range(100):
            page = session.get("/console/mail/")
            for seen in page.forms:
                if "/mail/seen/" in seen.action:
                    session.submit_and_leave(seen)
                    return
            time.sleep(0.1)

    def work_queue(self) -> int:
        """One sitting at the queue: every free task once. Says how many tasks there were."""
        try:
            tasks = self._free_tasks()
        except PageError as problem:
            log.info("The console does not come, so there is no sitting: %s", problem)
            return 0
        with ThreadPoolExecutor(TABS, thread_name_prefix="tab") as tabs:
            list(tabs.map(self._try_task, tasks.items()))
        return len(tasks)

    def _resume_stopped(self, page: Page) -> None:
        """Resumes what stopped itself, as the alerts on any page say: these dead addresses are known."""
        found = "Looked at the list: these addresses are old, and we look for others."
        for place in stopped_places(page.text):
            form = self.worker.browser.get(place).form(to="/resume")
            if form is not None:
                self.worker.browser.submit_and_leave(form, note=found)

    def _free_tasks(self) -> dict[int, Form]:
        """The free tasks by number, each with its "Take" button, in the order of the list, page by page."""
        found: dict[int, Form] = {}
        for sheet in range(1, 1000):
            page = self.worker.browser.get(f"/console/tasks/?show=free&page={sheet}")
            if sheet == 1:
                self._resume_stopped(page)
            fresh = {int(m.group(1)): form for form in page.forms if (m := _TASK.search(form.action))}
            found |= fresh
            if not has_next_sheet(page.links, sheet):
                break
        return found

    def _try_task(self, task: tuple[int, Form]) -> None:
        number, take = task
        self._local.counted = []
        try:
            self._handle_task(number, take)
        except PageError as problem:
            log.info("Task %s is left for the next sitting: %s", number, problem)
            with self._lock:
                for key in self._local.counted:  # what did not come to its end is done anew, the same way
                    self._rounds[key] -= 1

    def _handle_task(self, number: int, take: Form) -> None:
        page = self.worker.browser.submit(take)
        customer = self._find_customer(page)
        if page.form(to="/answer") is not None:
            form = page.require_form(to="/answer")
            self.worker.browser.submit_and_leave(
                form, text="It costs you nothing, and you call the same number as before."
            )
            return
        if page.form(to="/terms") is not None:
            self._choose_terms(page, customer)
            return
        if page.form(to="/end") is None:
            raise PageError(f"task {number} could not be taken ({page.status})")
        outcomes = set(re.findall(r'name="outcome"\s+value="([a-z-]+)"', page.text))
        if "done" in outcomes:
            self._accept_for_customer(page, customer, number)
        elif "found" in outcomes:
            self._find_contact(page, customer)
        elif "cleaned" in outcomes:
            self._end_task(page, outcome="cleaned", note="Looked at it with the customer; nothing is left.")
        elif "retry" in outcomes:
            self._review_task(page, customer)
        else:
            first = (
                "reached" if self._count_round(customer, "help") == 0 and "stop" in outcomes else "no-answer"
            )
            self._end_task(page, outcome=first, note="Called the number on file.")

    def _find_customer(self, page: Page) -> Customer:
        """The customer of a task, by the tenant id that its page shows."""
        for tenant in _TENANT.findall(page.text):
            if tenant in self.customers:
                return self.customers[tenant]
        raise PageError(f"{page.url} names no customer of ours")

    def _count_round(self, customer: Customer, kind: str) -> int:
        """How often this kind of task was done for this customer before; counts up."""
        key = (customer.company.tenant, kind)
        with self._lock:
            self._rounds[key] = self._rounds.get(key, -1) + 1
            self._local.counted.append(key)
            return self._rounds[key]

    def _end_task(self, page: Page, **values: str) -> None:
        after = self.worker.browser.submit_and_leave(page.require_form(to="/end"), **values)
        if after.status != 303:
            raise PageError(f"the task did not end: {after.status} {after.url}")

    def _accept_for_customer(self, page: Page, customer: Customer, number: int) -> None:
        """The wrong-tenant guard, the second person, Microsoft's page, and what came of it."""
        company = customer.company
        if page.form(to="/tenant") is not None:
            self.worker.browser.submit_and_leave(page.require_form(to="/tenant"), typed=company.first_domain)
        approval = self.approver.browser.get(f"/console/tasks/{number}/").form(to="/approve")
        if approval is not None:
            self.approver.browser.submit_and_leave(approval)
        page = self.worker.browser.get(f"/console/tasks/{number}/")
        request, invited = access_request(page), "invitation" in page.text
        tries = self._count_round(customer, "accept")
        if not invited or (not request and tries == 0 and "access" not in customer.accepted):
            self.worker.browser.submit_and_leave(
                page.require_form(to="/release"), reason="Not ready on Microsoft's side."
            )
            return
        roll = Random(f"{self.seed}|{company.tenant}|accept|{tries}").random()
        if roll < 0.015 and tries == 0:
            self._end_task(page, outcome="not-done", note="The customer's admin account asked for a phone.")
            return
        if roll >= 0.03 or tries > 0:
            self._accept_at_microsoft(customer, request)
        outcome = "unknown" if roll < 0.06 and tries == 0 else "done"
        self._end_task(page, outcome=outcome, note="The browser closed." if outcome == "unknown" else "")

    def _accept_at_microsoft(self, customer: Customer, request: str) -> None:
        tenant = customer.company.tenant
        acts: list[tuple[str, Callable[[], None]]] = [
            (
                "relationship",
                lambda: self.emulator.accept_relationship(tenant, actor="operator", person=self.worker.email),
            )
        ]
        if request:
            acts.append(("access", lambda: self.emulator.approve_access(request, tenant, actor="operator")))
        for kind, act in acts:
            self.ground_truth.record(Act(self.now(), tenant, "operator", kind))
            try:
                act()
            except Refused as reason:
                log.info("%s: %s: %s", customer.company.name, kind, reason)

    def _choose_terms(self, page: Page, customer: Customer) -> None:
        """What the contract says for the end of terms: renewed where it is, but for who is leaving."""
        form = page.require_form(to="/terms")
        ends = [name for name in form.names if name.startswith("end-")]
        roll = Random(f"{self.seed}|{customer.company.tenant}|term").random()
        word = "cancel" if roll < 0.15 else "renew"
        said = "By the contract, and told on the telephone."
        self.worker.browser.submit_and_leave(form, wish=said, **dict.fromkeys(ends, word))

    def _find_contact(self, page: Page, customer: Customer) -> None:
        company = customer.company
        elsewhere = customer.persona.reachability is not Reachability.NOWHERE
        if elsewhere and self._count_round(customer, "contact") == 0:
            self._end_task(
                page,
                outcome="found",
                contact_name=company.person,
                contact_email=other_address(company),
                contact_phone=company.phone,
            )
        else:
            self._end_task(
                page, outcome="none-found", note="Neither contract nor invoice names another address."
            )

    def _review_task(self, page: Page, customer: Customer) -> None:
        """Tries again twice; then what merely differs is accepted, and what fails is stopped."""
        rounds = self._count_round(customer, "review")
        if rounds < 2:
            self._end_task(page, outcome="retry", note="Looked at it; try again.")
        elif rounds < 4 and "differs" in page.text.lower():
            self._end_task(page, outcome="go-on", note="The difference is known and accepted.")
        elif rounds < 6:
            self._end_task(page, outcome="retry", note="Once more, after a call to Microsoft.")
        else:
            self._end_task(page, outcome="stop", note="It cannot be moved now; the customer stays.")
