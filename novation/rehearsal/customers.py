"""Simulated customers: they get mail, open the link, decide on the page, and accept what only they can accept."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from novation.domain import states
from novation.rehearsal.browser import Browser, Page, PageError
from novation.rehearsal.emulator_control import Company, Emulator, Refused
from novation.rehearsal.ground_truth_log import Act, GroundTruthLog
from novation.rehearsal.mailbox import Mailbox, ReceivedMail
from novation.rehearsal.personas import Behaviour, Persona, Reachability
from novation.rehearsal.scheduler import Scheduler

log = logging.getLogger(__name__)

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
#: Real seconds that a person looks at the inbox for a code before asking for another.
CODE_WAIT_SECONDS = 12.0
#: Codes that a person asks for in one sitting; the page allows five in an hour.
MAX_CODES = 3
#: Visits for one purpose, before a person loses interest.
MAX_VISITS = 40

ROLES = ("Managing Director", "Owner", "Authorised Officer", "Office Manager with power of attorney")


@dataclass(frozen=True)
class SharedServices:
    """What all customers share. `browser` makes a new one; `now` reads the virtual clock."""

    scheduler: Scheduler
    mailbox: Mailbox
    emulator: Emulator
    ground_truth: GroundTruthLog
    browser: Callable[[], Browser]
    now: Callable[[], datetime]


@dataclass
class Customer:
    """One company and the person who speaks for it."""

    company: Company
    persona: Persona
    shared: SharedServices
    addresses: set[str] = field(default_factory=set)
    link: str = field(default="", repr=False)
    address: str = ""
    decided: str = ""
    accepted: set[str] = field(default_factory=set)
    planned: set[str] = field(default_factory=set)
    visits: int = 0

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._browser: Browser | None = None
        self._opened = ""
        self._sent = ""

    # -- mail ---------------------------------------------------------------------------------------

    def receive_mail(self, mail: ReceivedMail) -> None:
        """Plans what the person will do about a mail that has arrived."""
        if mail.link:
            self.link, self.address = mail.link, mail.to
        behaviour, first = self.persona.behaviour, mail.purpose in ("announcement", "delegate")
        if mail.purpose == "agreement-reminder" and self.decided in states.CONSENTED:
            self._plan("agreement", DAY, self.accept_agreement)
        elif mail.purpose == "self-reminder" and self.decided == "self":
            self._plan("self", DAY, self.accept_as_administrator)
        elif behaviour is Behaviour.SILENT or self.decided:
            return
        elif mail.purpose == "answer" or (first and not self.persona.after_reminder):
            self._plan("decide", 4 * DAY, self.decide)
        elif mail.purpose.startswith("reminder"):
            self._plan("decide", 2 * DAY, self.decide)

    def _plan(self, what: str, within: timedelta, act: Callable[[], None]) -> None:
        """Plans an act once; what is planned already stays as it is."""
        with self._lock:
            if what in self.planned or self.visits >= MAX_VISITS:
                return
            self.planned.add(what)
            self.visits += 1
            number = self.visits
        when = self.persona.pick_time(f"{what}-{number}", self.shared.now() + HOUR / 2, within)

        def visit() -> None:
            with self._lock:
                self.planned.discard(what)
            try:
                act()
            except PageError as problem:
                # A page that does not come is tried again later, as people do.
                log.info("%s: %s", self.company.name, problem)
                self._plan(what, 4 * HOUR, act)

        self.shared.scheduler.schedule(when, f"{self.company.name}: {what}", visit)

    # -- the customer's page -------------------------------------------------------------------------

    def _open_page(self, address: str) -> Page:
        """Opens a page of ours, by the newest link when the browser has not been there with it."""
        if self._browser is None or self._opened != self.link:
            self._browser = self.shared.browser()
            page = self._browser.get(self.link)
            if page.status != 200:
                raise PageError(f"the link opens nothing ({page.status})")
            self._opened = self.link
        return self._browser.get(address)

    @property
    def _window(self) -> Browser:
        if self._browser is None:
            raise PageError("no window is open")
        return self._browser

    def decide(self) -> None:
        """Reads, chooses, and confirms with the code."""
        if self.decided:
            return
        behaviour = self.persona.behaviour
        asks = behaviour is Behaviour.ASK and "question" not in self.accepted
        chosen = "mandate" if behaviour in (Behaviour.ASK, Behaviour.WITHDRAW) else str(behaviour)
        kind = "question" if asks else chosen
        page = self._open_page("/my/decide/")
        form = page.form(to="/my/decide/", holding="decision")
        if form is None and self._sent:
            self._apply_decision(self._sent)  # the answer was lost, not what was sent
            return
        if form is None:
            log.info("%s: nothing can be decided at %s", self.company.name, page.url)
            return
        words = {
            "reason": "We are content as it is.",
            "question": "What does this cost us, and who answers the phone?",
        }
        given = {"declined": "reason", "question": "question"}.get(kind)
        extra = {given: words[given]} if given else {}
        if not self._confirm(self._window.submit(form, decision=kind, **extra), kind):
            self._plan("decide", DAY, self.decide)
            return
        self._apply_decision(kind)

    def _apply_decision(self, kind: str) -> None:
        """What a person does after the page has said that the decision is recorded."""
        if kind == "question":
            self.accepted.add("question")
            return
        self.decided = kind
        if self.persona.behaviour is Behaviour.WITHDRAW:
            self._withdraw()
        elif kind in states.CONSENTED:
            self._plan("agreement", 6 * HOUR, self.accept_agreement)
            if kind == "self":
                self._plan("self", DAY, self.accept_as_administrator)

    def _withdraw(self) -> None:
        page = self._open_page("/my/withdraw/")
        if page.form(to="/my/withdraw/") is None and self._sent == "withdrawn":
            self.decided = "withdrawn"  # the answer was lost, not what was sent
            return
        form = page.require_form(to="/my/withdraw/")
        if self._confirm(self._window.submit(form), "withdrawn"):
            self.decided = "withdrawn"
        else:
            self._plan("withdraw", 2 * HOUR, self._withdraw)

    def _confirm(self, page: Page, kind: str) -> bool:
        """Has a code sent, types it, declares. False when it did not work out this time."""
        for _ in range(MAX_CODES):
            before = self.shared.mailbox.count_mails(self.address, "code")
            page = self._window.submit(page.require_form(to="/code/"))
            mail = self.shared.mailbox.wait_for_mail(
                self.address, "code", more_than=before, seconds=CODE_WAIT_SECONDS
            )
            if mail is None or page.status != 200:
                continue
            draw = self.persona.random_for("person")
            answers = {
                "name": self.company.person,
                "function": draw.choice(ROLES),
                "phone": self.company.phone if draw.random() < 0.5 else "",
                "authority": "yes",
                "code": mail.code,
            }
            form = page.require_form(holding="code")
            self._record_act(kind)
            self._sent = kind
            page = self._window.submit(
                form, **{name: answers[name] for name in answers if name in form.names}
            )
            if page.url.endswith("/my/receipt/"):
                return True
            self._sent = ""  # it was not taken, and the page said so
            log.info("%s: %s was not taken (%s)", self.company.name, kind, page.status)
        return False

    # -- Microsoft's side ----------------------------------------------------------------------------

    def accept_agreement(self) -> None:
        """Opens Microsoft's agreement from our page and accepts it there, when it is ready."""
        if self.decided not in states.CONSENTED:
            return
        page = self._open_page("/my/agreement/")
        address = next((link for link in page.links if "/attestation/" in link), "")
        if not address:
            if page.url.endswith("/my/agreement/") and "data-again" in page.text:
                self._plan("agreement", 3 * HOUR, self.accept_agreement)
            return
        link = address.rpartition("/")[2]
        if link in self.accepted:
            return
        component = self._window.get(address)
        if component.status == 410:
            self._plan("agreement", 12 * HOUR, self.accept_agreement)
            return
        form = component.form(holding="decision")
        if form is not None:
            self._record_act("agreement", about=link)
            component = self._window.submit(form, decision="accept")
            if component.status != 200:
                raise PageError(f"the component answers {component.status}")
        self.accepted.add(link)
        back = page.form(to="/my/agreement/")
        if back is not None:
            self._window.submit_and_leave(back)

    def accept_as_administrator(self) -> None:
        """Follows the links of our page to Microsoft's, signed in as the company's administrator."""
        if self.decided != "self" or {"relationship", "access"} <= self.accepted:
            return
        page = self._open_page("/my/self/")
        request = access_request(page)
        if request and "access" not in self.accepted:
            self._act(
                "access",
                lambda: self.shared.emulator.approve_access(request, self.company.tenant, actor="customer"),
            )
        if any("invitation" in link for link in page.links if "granularAdmin" not in link):
            self._act(
                "relationship",
                lambda: self.shared.emulator.accept_relationship(
                    self.company.tenant, actor="customer", person=self.company.person
                ),
            )
        if {"relationship", "access"} <= self.accepted:
            form = page.form(to="/my/self/")
            if form is not None:
                self._window.submit_and_leave(form)
        else:
            self._plan("self", 6 * HOUR, self.accept_as_administrator)

    def _act(self, kind: str, act: Callable[[], None]) -> None:
        if kind in self.accepted:
            return
        self._record_act(kind)
        try:
            act()
        except Refused as reason:
            log.info("%s: %s: %s", self.company.name, kind, reason)
        self.accepted.add(kind)

    def _record_act(self, kind: str, about: str = "") -> None:
        self.shared.ground_truth.record(Act(self.shared.now(), self.company.tenant, "customer", kind, about))


def access_request(page: Page) -> str:
    """The id of the GDAP request whose approval page a page of ours links to; empty without one."""
    for link in page.links:
        if "granularAdminRelationships/" in link:
            return link.rpartition("/")[2]
    return ""


@dataclass
class CustomerDirectory:
    """All customers, found by their addresses."""

    customers: dict[str, Customer]

    def __post_init__(self) -> None:
        self._by_address = {a: c for c in self.customers.values() for a in c.addresses}
        self.misdelivered: list[ReceivedMail] = []

    def deliver(self, mail: ReceivedMail) -> None:
        """Hands a mail to the customer whose address it is."""
        reader = self._by_address.get(mail.to)
        if reader is None:
            self.misdelivered.append(mail)
        else:
            reader.receive_mail(mail)

    def find_by_address(self, address: str) -> Customer | None:
        """Whose address this is."""
        return self._by_address.get(address)

    def dead_addresses(self) -> set[str]:
        """Addresses on file to which mail comes back."""
        gone = (c for c in self.customers.values() if c.persona.reachability is not Reachability.ARRIVES)
        return {c.company.email for c in gone if c.company.email}


def other_address(company: Company) -> str:
    """A second address of a company, which our people find in its contract."""
    return f"office@{company.domain}".lower()
