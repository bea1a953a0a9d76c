"""The checks, one after the other, each with an id and a remedy; and what is kept of the last look."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from novation.moves.models import Programme
from novation.notices import texts
from novation.notices.models import MailCheck, TestMail, Text
from novation.notices.preflight import records
from novation.notices.preflight.dns import Dns, DnsDown, SystemDns

#: A look that is older says nothing about today's records.
GOOD_FOR = timedelta(hours=24)

#: RFC 2606 and 6761: names under which nobody lives, so that no mail can reach a stranger.
_NOBODY = re.compile(r"(?:^|\.)(?:example|test|invalid|localhost|example\.(?:com|net|org))$", re.IGNORECASE)
#: Mailboxes of everybody: a company that writes from there cannot be told from a fraudster.
_EVERYBODY = frozenset(
    [
        "gmail.com",
        "googlemail.com",
        "outlook.com",
        "hotmail.com",
        "live.com",
        "yahoo.com",
        "icloud.com",
        "gmx.de",
        "gmx.net",
        "web.de",
        "seznam.cz",
        "email.cz",
        "centrum.cz",
        "orange.fr",
        "free.fr",
        "laposte.net",
        "proton.me",
        "aol.com",
    ]
)
#: What an SPF record must hold, by who carries the mails.
_SPF = {
    "graph": "include:spf.protection.outlook.com",
    "brevo": "include:spf.brevo.com",
    "mailersend": "include:_spf.mailersend.net",
    "mailgun": "include:mailgun.org",
    "mailjet": "include:spf.mailjet.com",
    "sendgrid": "include:sendgrid.net",
}
#: Exchange Online (page exchange-online-limits): messages a minute and recipients a day of one mailbox.
_EXCHANGE = (30, 10_000)


@dataclass(frozen=True)
class Finding:
    """Something that is not in order. A `warning` is shown; anything else keeps a wave from being launched."""

    id: str
    sentence: str
    remedy: str
    warning: bool = False


def trial(programme: Programme) -> str:
    """Why no mail of this set-up can reach a real person; empty when it can.

    In a trial nothing is asked of the domain. It is not a setting: it follows from where mails go.
    """
    if settings.NOVATION_MAIL in ("file", "console"):
        return "Mails are written to this machine and reach nobody."
    domain = _domain(programme)
    if _NOBODY.search(domain):
        return f"{domain} is a name for trials; nobody outside can get or answer such mail."
    return ""


def fingerprint(programme: Programme) -> str:
    """Names all that a look and a test mail speak of: sender, way out, address of the pages, texts."""
    said = (
        programme.sender_name, programme.sender_email, programme.sender_address, programme.person_name,
        str(programme.same_entity), settings.NOVATION_MAIL, settings.EMAIL_HOST, settings.NOVATION_PUBLIC_URL,
        settings.NOVATION_MAIL_DKIM, settings.NOVATION_MAIL_SPF, texts.VERSION,
    )  # fmt: skip
    own = Text.objects.filter(programme=programme, withdrawn_at=None).exclude(version=None)
    names = [text.name for text in own.order_by("id")]
    return hashlib.sha256("\0".join([*said, *names]).encode()).hexdigest()[:32]


def check(programme: Programme, *, now: datetime, dns: Dns | None = None) -> list[Finding]:
    """Looks at everything now, and keeps the findings for 24 hours. Not inside a transaction: it waits for DNS."""
    found = list(_set_up(programme))
    if not trial(programme):
        try:
            found += _domain_checks(programme, dns or SystemDns())
        except DnsDown as error:
            found.append(
                _f(
                    "M019",
                    f"The names of our domain could not be looked up: {error}",
                    "Try again; it may pass.",
                )
            )
    MailCheck.objects.create(
        at=now, fingerprint=fingerprint(programme), findings=[asdict(one) for one in found]
    )
    return found


def standing(programme: Programme, *, now: datetime) -> list[Finding]:
    """What stands between us and a launch, by the last look and the test mail. Asks nobody outside."""
    marks = fingerprint(programme)
    if trial(programme):
        found = list(_set_up(programme))
    else:
        last = MailCheck.objects.order_by("-at", "-id").first()
        if last is None or last.fingerprint != marks or now - last.at > GOOD_FOR:
            found = [
                _f(
                    "M020",
                    "The mail set-up was not looked at, or has changed since.",
                    "Press “Check now” on the page Mail, or run `novation check`.",
                )
            ]
        else:
            found = [Finding(**one) for one in last.findings]
    seen = TestMail.objects.exclude(seen_at=None).filter(fingerprint=marks)
    if not seen.exists():
        old = TestMail.objects.exclude(seen_at=None).exists()
        found.append(
            _f(
                "M021",
                "The set-up has changed since a test mail was seen."
                if old
                else "Nobody has seen a test mail yet.",
                "Send one to yourself from the page Mail, look at it, and say that it is right.",
            )
        )
    return found


def _set_up(programme: Programme) -> Iterator[Finding]:
    """What can be judged without asking anybody."""
    try:
        validate_email(programme.sender_email)
    except ValidationError:
        yield _f(
            "M003", f"{programme.sender_email!r} is no mail address.", "Correct the sender of the programme."
        )
    domain = _domain(programme)
    if domain.lower() in _EVERYBODY:
        yield _f(
            "M004", f"Anybody can have an address at {domain}.", "Write from the domain on your invoices."
        )
    rate, daily = int(settings.NOVATION_MAIL_RATE), int(settings.NOVATION_MAIL_DAILY)
    if rate < 1:
        yield _f("M005", "No mail a minute may go out.", "Set NOVATION_MAIL_RATE to at least 1.")
    if (
        settings.NOVATION_MAIL == "graph"
        or "outlook" in settings.EMAIL_HOST
        or "office365" in settings.EMAIL_HOST
    ):
        most_rate, most_daily = _EXCHANGE
        if rate > most_rate:
            yield _f(
                "M006",
                f"{rate} mails a minute are more than Exchange Online takes from one mailbox ({most_rate}).",
                "Set NOVATION_MAIL_RATE to 20.",
            )
        if not daily or daily > most_daily:
            yield _f(
                "M007",
                f"The limit a day is above what Exchange Online takes from one mailbox ({most_daily:,}).",
                "Set NOVATION_MAIL_DAILY to 9000.",
            )
    if trial(programme):
        return
    if not programme.sender_phone:
        yield _f(
            "M008",
            "The letters name no telephone number.",
            "Customers check by calling; set it for the programme.",
            warning=True,
        )
    address = urlsplit(settings.NOVATION_PUBLIC_URL)
    if address.scheme != "https":
        yield _f(
            "M009",
            f"The personal links begin with {address.scheme}://.",
            "Set NOVATION_PUBLIC_URL to the https address of the pages.",
        )
    if _unreachable(address.hostname or ""):
        yield _f(
            "M010",
            f"The personal links lead to {address.hostname}, which customers cannot reach.",
            "Set NOVATION_PUBLIC_URL to the address of the pages.",
        )
    elif not _same_house(address.hostname or "", domain):
        yield _f(
            "M011",
            f"The links lead to {address.hostname}, the mails come from {domain}: that is what fraud looks like.",
            "Serve the pages under the domain of the sender.",
            warning=True,
        )
    if not settings.NOVATION_IMAP_HOST and not settings.NOVATION_MAIL_WEBHOOK_SECRET:
        yield _f(
            "M012",
            "Nothing takes in what comes back by itself.",
            "Set NOVATION_IMAP_HOST or NOVATION_MAIL_WEBHOOK_SECRET, or pipe mail into `novation inbound-mail`.",
            warning=True,
        )


def _domain_checks(programme: Programme, dns: Dns) -> Iterator[Finding]:
    domain = _domain(programme)
    if not dns.mx(domain):
        yield _f(
            "M013",
            f"{domain} takes no mail: answers and bounces are lost.",
            "Give the domain a mail server (MX).",
        )
    elif not any(dns.addresses(host) for host in dns.mx(domain)):
        yield _f("M014", f"The mail servers of {domain} have no address.", "Fix their A or AAAA records.")
    needed = settings.NOVATION_MAIL_SPF or _SPF.get(settings.NOVATION_MAIL, "")
    if not needed:
        yield _f(
            "M015",
            "It is not said which term of the SPF record stands for our mail server.",
            "Set NOVATION_MAIL_SPF, for example to ip4:192.0.2.7.",
        )
    for sentence in records.spf(domain, needed, dns):
        yield _f("M016", sentence, "Correct the TXT record of the domain.")
    selectors = settings.NOVATION_MAIL_DKIM.split() or (
        ["selector1", "selector2"] if settings.NOVATION_MAIL == "graph" else []
    )
    for sentence in records.dkim(domain, selectors, dns):
        yield _f(
            "M017", sentence, "Publish the key that your mail service shows, and set NOVATION_MAIL_DKIM."
        )
    for sentence in records.dmarc(domain, dns):
        yield _f(
            "M018", sentence, f"Publish a TXT record at _dmarc.{domain}, for example v=DMARC1; p=quarantine."
        )


def _f(number: str, sentence: str, remedy: str, *, warning: bool = False) -> Finding:
    return Finding(f"novation.{number}", sentence, remedy, warning)


def _domain(programme: Programme) -> str:
    return programme.sender_email.rpartition("@")[2].lower()


def _unreachable(host: str) -> bool:
    if host in ("", "localhost") or ("." not in host.strip("[]") and ":" not in host):
        return True
    try:
        return not ipaddress.ip_address(host.strip("[]")).is_global
    except ValueError:
        return bool(_NOBODY.search(host))


def _same_house(host: str, domain: str) -> bool:
    return ".".join(host.split(".")[-2:]) == ".".join(domain.split(".")[-2:])
