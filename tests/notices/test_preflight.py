"""A set-up that is not in order keeps every wave from going out, and says what to mend. Each case has one fault."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from novation.domain.errors import BadInput
from novation.moves.models import Programme
from novation.moves.services import programmes
from novation.notices import preflight
from novation.notices.models import MailCheck, TestMail
from novation.notices.preflight import DnsDown
from novation.notices.services import test_mails, wave_launch
from novation.notices.transport import Handed, Outcome
from tests import people
from tests.telling import NOW, make_move, make_programme

pytestmark = pytest.mark.django_db


def key(bits: int = 2048) -> str:
    public = rsa.generate_private_key(65537, bits).public_key()
    return base64.b64encode(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


GOOD_KEY = key()
#: 512 bits; the library makes no such keys any more.
SHORT_KEY = (
    "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAL0yvS1l1g6AykOpRzLDe2x8nVIGd0oEPsdSSuyZL0YvUu6cKXzDXHaSEzUEwV0wzo+Iq4nB"
    "Bp3dN0bUsnQGmJ0CAwEAAQ=="
)


@dataclass
class Names:
    """A zone in which everything is in order."""

    texts: dict[str, list[str]] = field(
        default_factory=lambda: {
            "severka.cz": ["v=spf1 ip4:192.0.2.7 include:_spf.host.net -all", "google-site-verification=x"],
            "_spf.host.net": ["v=spf1 ip4:198.51.100.0/24 ~all"],
            "k1._domainkey.severka.cz": [f"v=DKIM1; k=rsa; p={GOOD_KEY}"],
            "_dmarc.severka.cz": ["v=DMARC1; p=reject; rua=mailto:dmarc@severka.cz"],
        }
    )
    servers: dict[str, list[str]] = field(default_factory=lambda: {"severka.cz": ["mx.severka.cz"]})
    hosts: dict[str, list[str]] = field(default_factory=lambda: {"mx.severka.cz": ["192.0.2.9"]})
    down: bool = False

    def _of(self, table: dict[str, list[str]], name: str) -> list[str]:
        if self.down:
            raise DnsDown(f"{name}: SERVFAIL")
        return table.get(name, [])

    def txt(self, name: str) -> list[str]:
        return self._of(self.texts, name)

    def mx(self, name: str) -> list[str]:
        return self._of(self.servers, name)

    def addresses(self, name: str) -> list[str]:
        return self._of(self.hosts, name)


@pytest.fixture
def real(settings: Any) -> Programme:
    """A programme that writes to real people, with everything in order."""
    settings.NOVATION_MAIL, settings.EMAIL_HOST = "smtp", "mail.severka.cz"
    settings.NOVATION_PUBLIC_URL = "https://zmena.severka.cz"
    settings.NOVATION_MAIL_DKIM, settings.NOVATION_MAIL_SPF = "k1", "ip4:192.0.2.7"
    settings.NOVATION_MAIL_RATE, settings.NOVATION_MAIL_DAILY = 20, 9000
    settings.NOVATION_IMAP_HOST = "imap.severka.cz"
    programme = make_programme(sender_email="zmena@severka.cz", sender_phone="+420 377 000 111")
    make_move(programme)
    see_one(programme)
    return programme


def see_one(programme: Programme) -> TestMail:
    from django.contrib.auth.models import User

    person = User.objects.filter(username="anna").first() or people.operator("anna")
    one = test_mails.ask(programme.moves.get(), person=person, language="en", now=NOW)
    test_mails.came_of(one.pk, Handed(Outcome.ACCEPTED), now=NOW)
    return test_mails.seen(one.pk, person=person, now=NOW)


def ids(found: list[preflight.Finding]) -> list[str]:
    return [one.id.removeprefix("novation.") for one in found]


def test_a_set_up_in_order_has_no_finding_and_may_launch(real: Programme) -> None:
    assert preflight.check(real, now=NOW, dns=Names()) == []
    assert preflight.standing(real, now=NOW) == []


Fault = Callable[[Names, Programme, Any], None]


def _spf(text: str) -> Fault:
    return lambda names, programme, settings: names.texts.update({"severka.cz": [text]})


def _text(name: str, *texts: str) -> Fault:
    return lambda names, programme, settings: names.texts.update({name: list(texts)})


def _set(**values: Any) -> Fault:
    return lambda names, programme, settings: [setattr(settings, k, v) for k, v in values.items()] and None


def _sender(address: str) -> Fault:
    return lambda names, programme, settings: setattr(programme, "sender_email", address)


FAULTS: dict[str, tuple[str, Fault]] = {
    "no SPF record": ("M016", _text("severka.cz")),
    "two SPF records": ("M016", _text("severka.cz", "v=spf1 ip4:192.0.2.7 -all", "v=spf1 ip4:192.0.2.7 -all")),
    "SPF lets anybody send": ("M016", _spf("v=spf1 ip4:192.0.2.7 +all")),
    "SPF is neutral about all": ("M016", _spf("v=spf1 ip4:192.0.2.7 ?all")),
    "SPF says nothing about all": ("M016", _spf("v=spf1 ip4:192.0.2.7")),
    "SPF leaves our server out": ("M016", _spf("v=spf1 ip4:203.0.113.1 -all")),
    "SPF needs too many look-ups": (
        "M016", _spf("v=spf1 ip4:192.0.2.7 " + " ".join(f"include:s{n}.net" for n in range(11)) + " -all")
    ),
    "SPF includes itself for ever": (
        "M016", _spf("v=spf1 ip4:192.0.2.7 include:severka.cz " + "a mx exists:x " * 4 + "-all")
    ),
    "nobody said how SPF names us": ("M015", _set(NOVATION_MAIL_SPF="")),
    "no DKIM selector": ("M017", _set(NOVATION_MAIL_DKIM="")),
    "no DKIM key": ("M017", _text("k1._domainkey.severka.cz")),
    "DKIM key withdrawn": ("M017", _text("k1._domainkey.severka.cz", "v=DKIM1; p=")),
    "DKIM key unreadable": ("M017", _text("k1._domainkey.severka.cz", "v=DKIM1; p=not base64!")),
    "DKIM key too short": ("M017", _text("k1._domainkey.severka.cz", f"v=DKIM1; p={SHORT_KEY}")),
    "no DMARC record": ("M018", _text("_dmarc.severka.cz")),
    "two DMARC records": ("M018", _text("_dmarc.severka.cz", "v=DMARC1; p=none", "v=DMARC1; p=reject")),
    "DMARC without a policy": ("M018", _text("_dmarc.severka.cz", "v=DMARC1; rua=mailto:x@severka.cz")),
    "DMARC with a policy that is none": ("M018", _text("_dmarc.severka.cz", "v=DMARC1; p=maybe")),
    "nobody can answer: no mail server": ("M013", lambda n, p, s: n.servers.clear()),
    "nobody can answer: a mail server without address": ("M014", lambda n, p, s: n.hosts.clear()),
    "the names cannot be looked up": ("M019", lambda n, p, s: setattr(n, "down", True)),
    "the sender is no address": ("M003", _sender("zmena severka.cz")),
    "the sender is a mailbox of everybody": ("M004", _sender("severka@gmail.com")),
    "no mail may go out": ("M005", _set(NOVATION_MAIL_RATE=0)),
    "faster than Exchange takes": ("M006", _set(EMAIL_HOST="smtp.office365.com", NOVATION_MAIL_RATE=60)),
    "more a day than Exchange takes": ("M007", _set(EMAIL_HOST="smtp.office365.com", NOVATION_MAIL_DAILY=0)),
    "links without TLS": ("M009", _set(NOVATION_PUBLIC_URL="http://zmena.severka.cz")),
    "links to this machine": ("M010", _set(NOVATION_PUBLIC_URL="https://127.0.0.1:8000")),
    "links to a private network": ("M010", _set(NOVATION_PUBLIC_URL="https://10.1.2.3")),
    "links to a name for trials": ("M010", _set(NOVATION_PUBLIC_URL="https://zmena.severka.example")),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_one_fault_keeps_every_wave_back(real: Programme, settings: Any, name: str) -> None:
    number, fault = FAULTS[name]
    names = Names()
    fault(names, real, settings)
    found = preflight.check(real, now=NOW, dns=names)
    assert number in ids([one for one in found if not one.warning]), found
    assert all(
        one.sentence.endswith(".") or one.sentence.endswith(")") or ":" in one.sentence for one in found
    )
    assert all(one.remedy for one in found)
    assert number in ids(preflight.standing(real, now=NOW)), "it is kept"


def test_there_are_fifteen_faults_and_more() -> None:
    assert len(FAULTS) >= 15


def test_the_parent_domain_s_dmarc_record_holds_for_its_children(real: Programme) -> None:
    real.sender_email = "zmena@mail.severka.cz"
    names = Names()
    for table in (names.texts, names.servers):
        for name in [
            name for name in table if name == "severka.cz" or name.endswith("_domainkey.severka.cz")
        ]:
            table[name.replace("severka.cz", "mail.severka.cz")] = table[name]
    assert preflight.check(real, now=NOW, dns=names) == []


@pytest.mark.parametrize("name", ["sender_name", "sender_email", "person_name"])
def test_a_changed_set_up_is_looked_at_and_seen_again(real: Programme, name: str) -> None:
    preflight.check(real, now=NOW, dns=Names())
    setattr(real, name, "other@severka.cz")
    assert ids(preflight.standing(real, now=NOW)) == ["M020", "M021"]


def test_a_look_holds_for_a_day(real: Programme) -> None:
    preflight.check(real, now=NOW, dns=Names())
    assert preflight.standing(real, now=NOW + timedelta(hours=24)) == []
    assert ids(preflight.standing(real, now=NOW + timedelta(hours=25))) == ["M020"]


def test_a_newer_look_replaces_the_older(real: Programme) -> None:
    preflight.check(real, now=NOW, dns=Names(down=True))
    preflight.check(real, now=NOW + timedelta(minutes=1), dns=Names())
    assert preflight.standing(real, now=NOW + timedelta(minutes=2)) == []
    assert MailCheck.objects.count() == 2


def test_a_warning_keeps_nothing_back(real: Programme, settings: Any) -> None:
    settings.NOVATION_IMAP_HOST = ""
    found = preflight.check(real, now=NOW, dns=Names())
    assert ids(found) == ["M012"] and found[0].warning
    wave = programmes.create_wave(real, real.moves.all(), now=NOW, actor="t")
    kinds = [one.kind for one in wave_launch.obstacles(wave, person=None, now=NOW)]
    assert kinds == ["approval"]


def test_without_a_seen_test_mail_nothing_is_launched(real: Programme) -> None:
    TestMail.objects.all().delete()
    preflight.check(real, now=NOW, dns=Names())
    wave = programmes.create_wave(real, real.moves.all(), now=NOW, actor="t")
    programmes.approve_wave(wave, people.operator("second"), now=NOW)
    with pytest.raises(BadInput, match="Nobody has seen a test mail"):
        wave_launch.launch(wave, person=None, now=NOW, actor="command")
    see_one(real)
    assert wave_launch.launch(wave, person=None, now=NOW, actor="command").state == "running"


@pytest.mark.parametrize(
    ("sender", "way", "is_trial"),
    [
        ("zmena@severka.example", "smtp", True),
        ("zmena@severka.test", "graph", True),
        ("zmena@example.com", "smtp", True),
        ("zmena@severka.cz", "file", True),
        ("zmena@severka.cz", "console", True),
        ("zmena@severka.cz", "smtp", False),
        ("zmena@notexample.com", "smtp", False),
        ("zmena@example.com.cz", "smtp", False),
    ],
)
def test_a_trial_is_what_can_reach_nobody(settings: Any, sender: str, way: str, is_trial: bool) -> None:
    settings.NOVATION_MAIL = way
    assert bool(preflight.trial(make_programme(sender_email=sender))) is is_trial


def test_a_test_mail_shows_a_real_customer_and_opens_nothing(real: Programme) -> None:
    one = test_mails.ask(real.moves.get(), person=people.operator("bob"), language="cs", now=NOW)
    found = test_mails.next_one(NOW)
    assert found is not None and found[0] == one.pk
    text = str(found[1].body)
    assert "Strojírny" in text and "/r/" + "x" * 43 in text
    assert found[1].to == ["bob@severka.example"]
    test_mails.came_of(one.pk, Handed(Outcome.FAILED, "550 no"), now=NOW)
    assert test_mails.next_one(NOW) is None
    with pytest.raises(BadInput, match="was not sent"):
        test_mails.seen(one.pk, person=one.asked_by, now=NOW)
