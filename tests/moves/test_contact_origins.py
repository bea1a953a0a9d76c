"""Entries say where the contact came from that decided, and the certificate repeats it."""

import json
from pathlib import Path
from typing import Any

import pytest

from novation.customers.models import Contact
from novation.customers.services.contact_origins import origin_data
from novation.evidence.contact_origin import ContactOrigin, certificate_line
from novation.evidence.tags import Tag
from novation.evidencelog.models import Event
from novation.moves import certificates
from novation.notices.services.links import link_for
from tests import people
from tests.builders import NOW


@pytest.mark.parametrize(
    ("added_by", "said"),
    [
        ("import", "import"),
        ("the customer", "customer"),
        ("source account", "source-account"),
        ("operator:7", "operator:7"),
    ],
)
@pytest.mark.django_db
def test_decision_and_link_say_who_added_the_contact(
    added_by: str, said: str, settings: Any, tmp_path: Path
) -> None:
    settings.NOVATION_HOME = tmp_path
    move = people.move(decision="asked")
    contact = people.contact(move)
    Contact.objects.filter(pk=contact.pk).update(added_by=added_by)
    contact.refresh_from_db()
    people.says(move, "self")
    link_for(move, contact, now=NOW)
    for tag in (Tag.DECISION_SELF, Tag.LINK_ISSUED):
        fields = json.loads(bytes(Event.objects.get(tag=tag).body))
        assert fields["data"]["contact_origin"]["added_by"] == said
        assert fields["context"] == {"move": move.reference}
        assert fields["v"] == 2


def test_a_contact_whose_adder_is_no_pseudonym_has_no_origin_on_record() -> None:
    assert origin_data(None) == {}
    assert origin_data(Contact(added_by="Petr Novák", created_at=NOW)) == {}


@pytest.mark.django_db
def test_the_certificate_has_a_line_for_it(settings: Any, tmp_path: Path) -> None:
    settings.NOVATION_HOME = tmp_path
    move = people.move(decision="asked")
    Contact.objects.update(added_by="Petr Novák")
    log: list[Event] = []
    decision = people.says(move, "self")
    assert certificates._person(decision, log, "en")[-1] == ("Contact", "not on record where it came from")
    Contact.objects.update(added_by="operator:7")
    decision = people.says(move, "self")
    log = list(Event.objects.filter(move_id=move.pk).order_by("number"))
    label, value = certificates._person(decision, log, "de")[-1]
    assert (label, value.partition(",")[0]) == ("Kontakt", "von unserem Mitarbeiter 7 eingetragen")
    assert value.endswith("; von keiner zweiten Person bestätigt")


def test_each_origin_has_its_words_in_each_language() -> None:
    approved = ContactOrigin("import", NOW, approved_by="operator:9").as_data()
    assert certificate_line("en", approved, lambda at: f"{at:%d %b}")[1].endswith(
        "; approved by a second person"
    )
    for language in ("en", "cs", "de", "fr", "es"):
        told = {
            certificate_line(language, ContactOrigin(by, NOW).as_data(), str)[1]
            for by in ("import", "operator:7", "customer", "source-account", "api:billing", "command")
        }
        assert len(told) == 6
        assert not any("{" in one for one in told)
