"""The customers' mail server, spoken to over SMTP."""

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from novation.rehearsal.mailbox import Mailbox, ReceivedMail


@pytest.fixture
def delivered() -> list[ReceivedMail]:
    return []


@pytest.fixture
def mailbox(delivered: list[ReceivedMail]) -> Iterator[Mailbox]:
    box = Mailbox(delivered.append)
    box.start()
    yield box
    box.stop()


def send(mailbox: Mailbox, to: str, text: str, purpose: str = "announcement") -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "move@severka.example", to, "Ihr Microsoft 365"
    message["Message-ID"] = f"<sev-0001-0001.{purpose}-1.abc123@severka.example>"
    message["X-Reference"] = "SEV-0001-0001"
    message.set_content(text)
    message.add_alternative(f"<p>{text}</p>", subtype="html")
    with smtplib.SMTP("127.0.0.1", mailbox.port, timeout=5) as server:
        server.send_message(message)


def test_a_letter_is_read_as_a_person_reads_it(mailbox: Mailbox, delivered: list[ReceivedMail]) -> None:
    send(mailbox, "Jan@One.example", "Grüß Gott\n\nhttp://127.0.0.1:1/r/a_b-C9=\n\nNOV")
    (mail,) = delivered
    assert (mail.to, mail.reference, mail.purpose) == (
        "jan@one.example",
        "SEV-0001-0001",
        "announcement",
    )
    assert mail.link == "http://127.0.0.1:1/r/a_b-C9="
    assert "Grüß Gott" in mail.text


@pytest.mark.parametrize("line", ["    123456", "123 456", "123\u00a0456"])
def test_the_code_is_found_on_its_line(mailbox: Mailbox, delivered: list[ReceivedMail], line: str) -> None:
    send(mailbox, "jan@one.example", f"Here is the code.\n\n{line}\n\nCall +420 377 000 111.", purpose="code")
    assert delivered[0].code == "123456"


def test_mail_to_a_dead_address_comes_back(mailbox: Mailbox, delivered: list[ReceivedMail]) -> None:
    mailbox.reject_addresses({"jan@one.example"})
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        send(mailbox, "jan@one.example", "Hello")
    assert refused.value.recipients["jan@one.example"][0] == 550
    assert (delivered, mailbox.refused) == ([], 1)


def test_one_waits_for_the_next_letter_of_a_kind(mailbox: Mailbox) -> None:
    send(mailbox, "jan@one.example", "111111", purpose="code")
    before = mailbox.count_mails("jan@one.example", "code")
    assert before == 1
    assert mailbox.wait_for_mail("jan@one.example", "code", more_than=before, seconds=0.05) is None
    send(mailbox, "jan@one.example", "222222", purpose="code")
    found = mailbox.wait_for_mail("jan@one.example", "code", more_than=before, seconds=5)
    assert found is not None
    assert found.code == "222222"
