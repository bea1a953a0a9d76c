"""Mails as servers and people really send them back, written after the formats of each product.

`SAMPLES` maps a name to the raw message and the class it must land in. Names of people and domains are invented.
"""

# ruff: noqa: E501 (the servers' own lines are kept as they are)

from __future__ import annotations

from email.message import EmailMessage

from novation.notices.inbound.bounces import Kind

OUR_ID = "<sev-4821-0042.announcement-1.0123456789ab@severka.example>"
TO = "jana@strojirny.example"

ORIGINAL_HEADERS = f"""From: Severka IT <zmena@severka.example>
To: Jana <{TO}>
Subject: Your Microsoft 365: new partner account, your decision (SEV-4821-0042)
Message-ID: {OUR_ID}
Auto-Submitted: auto-generated
"""


def dsn(
    intro: str,
    *,
    status: str,
    action: str = "failed",
    diagnostic: str = "",
    sender: str = "MAILER-DAEMON@mx.example (Mail Delivery System)",
    subject: str = "Undelivered Mail Returned to Sender",
    charset: str = "utf-8",
    mta: str = "mx.example",
    original: str = "text/rfc822-headers",
    extra: str = "",
) -> bytes:
    """A multipart/report of RFC 3464."""
    code = f"Diagnostic-Code: smtp; {diagnostic}\n" if diagnostic else ""
    text = f"""Return-Path: <>
From: {sender}
To: zmena@severka.example
Subject: {subject}
{extra}Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="BB"

--BB
Content-Type: text/plain; charset={charset}
Content-Transfer-Encoding: 8bit

{intro}

--BB
Content-Type: message/delivery-status

Reporting-MTA: dns; {mta}
Arrival-Date: Mon, 23 Nov 2026 10:00:00 +0100

Final-Recipient: rfc822; {TO}
Original-Recipient: rfc822;{TO}
Action: {action}
Status: {status}
Remote-MTA: dns; mail.strojirny.example
{code}
--BB
Content-Type: {original}

{ORIGINAL_HEADERS}
--BB--
"""
    return text.encode(charset, "replace")


def plain(
    body: str,
    *,
    subject: str,
    sender: str,
    headers: str = "",
    charset: str = "utf-8",
    path: str = "<>",
) -> bytes:
    """A message of one part."""
    head = f"""Return-Path: {path}
From: {sender}
To: zmena@severka.example
Subject: {subject}
{headers}MIME-Version: 1.0
Content-Type: text/plain; charset={charset}
Content-Transfer-Encoding: 8bit

{body}
"""
    return head.encode(charset, "replace")


def reply(
    body: str,
    *,
    subject: str = "Re: Your Microsoft 365 (SEV-4821-0042)",
    headers: str = "",
    html: bool = False,
) -> bytes:
    """An answer by a person or by a programme of theirs."""
    message = EmailMessage()
    message["Return-Path"] = f"<{TO}>"
    message["From"] = f"Jana Žďárská <{TO}>"
    message["To"] = "zmena@severka.example"
    message["Subject"] = subject
    message["In-Reply-To"] = OUR_ID
    for line in headers.splitlines():
        name, _, value = line.partition(": ")
        message[name] = value
    message.set_content(body, subtype="html" if html else "plain")
    return message.as_bytes()


def postfix(diagnostic: str, status: str, action: str = "failed") -> bytes:
    intro = f"""This is the mail system at host mx.example.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

<{TO}>: host mail.strojirny.example[192.0.2.7] said: {diagnostic} (in reply to RCPT TO command)"""
    return dsn(intro, status=status, diagnostic=diagnostic, action=action)


def exchange(heading: str, explanation: str, status: str, diagnostic: str, subject: str) -> bytes:
    return dsn(
        f"{heading}\n{TO}\n{explanation}\n\nDiagnostic information for administrators:\n"
        f"Generating server: PRAP193MB0001.EURP193.PROD.OUTLOOK.COM\n{TO}\nRemote Server returned '{diagnostic}'",
        status=status,
        diagnostic=diagnostic,
        subject=subject,
        sender="MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@severka.example",
        original="message/rfc822",
        mta="PRAP193MB0001.EURP193.PROD.OUTLOOK.COM",
    )


def gmail(words: str, status: str, diagnostic: str, action: str = "failed") -> bytes:
    return dsn(
        f"** Address not found **\n\n{words}\n\nThe response from the remote server was:\n{diagnostic}",
        status=status,
        diagnostic=diagnostic,
        action=action,
        sender="Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        subject="Delivery Status Notification (Failure)"
        if action == "failed"
        else "Delivery Status Notification (Delay)",
        extra=f"In-Reply-To: {OUR_ID}\nX-Failed-Recipients: {TO}\n",
        mta="googlemail.com",
    )


def qmail(reason: str) -> bytes:
    return plain(
        f"""Hi. This is the qmail-send program at mx.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{TO}>:
{reason}

--- Below this line is a copy of the message.

{ORIGINAL_HEADERS}""",
        subject="failure notice",
        sender="MAILER-DAEMON@mx.example",
    )


def exim(reason: str, *, delayed: bool = False) -> bytes:
    body = (
        f"""This message was created automatically by mail delivery software.
A message that you sent has not yet been delivered to one or more of its
recipients after more than 24 hours on the queue on mx.example.
No action is required on your part. Delivery attempts will continue for
some time, and this warning may be repeated.

  {TO}
    Delay reason: {reason}

{ORIGINAL_HEADERS}"""
        if delayed
        else f"""This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  {TO}
    {reason}

------ This is a copy of the message's headers. ------

{ORIGINAL_HEADERS}"""
    )
    subject = (
        "Warning: message delayed 24 hours"
        if delayed
        else "Mail delivery failed: returning message to sender"
    )
    failed = "" if delayed else f"X-Failed-Recipients: {TO}\n"
    return plain(
        body, subject=subject, sender="Mail Delivery System <Mailer-Daemon@mx.example>", headers=failed
    )


B, R, D, A, G, P = Kind.BOUNCED, Kind.REFUSED, Kind.DELAYED, Kind.AUTO_REPLY, Kind.GONE, Kind.REPLY

SAMPLES: dict[str, tuple[bytes, Kind]] = {
    # Postfix
    "postfix unknown user": (postfix("550 5.1.1 <jana@strojirny.example>: Recipient address rejected: User unknown in local recipient table", "5.1.1"), B),
    "postfix virtual unknown": (postfix("550 5.1.1 User unknown in virtual mailbox table", "5.1.1"), B),
    "postfix relay unknown": (postfix("550 5.1.1 User unknown in relay recipient table", "5.1.1"), B),
    "postfix undeliverable": (postfix("550 5.1.1 Recipient address rejected: undeliverable address: mail for strojirny.example loops back", "5.1.1"), R),
    "postfix no domain": (dsn("Host or domain name not found. Name service error for name=strojirny.example type=MX: Host not found", status="5.4.4", diagnostic="X-Postfix; Host or domain name not found"), B),
    "postfix domain takes no mail": (dsn("Domain strojirny.example does not accept mail (nullMX)", status="5.1.10", diagnostic="X-Postfix; Domain strojirny.example does not accept mail (nullMX)"), B),
    "postfix mailbox full": (postfix("452 4.2.2 The email account that you tried to reach is over quota", "4.2.2"), R),
    "postfix full for good": (postfix("552 5.2.2 Mailbox full", "5.2.2"), R),
    "postfix too large": (dsn("message size 8851 exceeds size limit of server", status="5.3.4", diagnostic="X-Postfix; message size exceeds size limit: too large"), R),
    "postfix expired": (dsn("connect to mail.strojirny.example[192.0.2.7]:25: Connection timed out", status="4.4.1", diagnostic="X-Postfix; connect to mail: Connection timed out"), R),
    "postfix spam": (postfix("554 5.7.1 Service unavailable; Client host blocked using zen.spamhaus.org", "5.7.1"), R),
    "postfix relay denied": (postfix("554 5.7.1 <jana@strojirny.example>: Relay access denied", "5.7.1"), R),
    "postfix delayed": (dsn("####################################################################\n# THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE. #\n####################################################################\nYour message could not be delivered for more than 4 hour(s).\nIt will be retried until it is 5 day(s) old.", status="4.4.1", action="delayed", subject="Delayed Mail (still being retried)"), D),
    "postfix success": (dsn("Your message was successfully delivered to the destination(s) listed below.", status="2.1.5", action="delivered", subject="Successful Mail Delivery Report"), Kind.DELIVERED),
    "postfix relayed": (dsn("The mail was relayed to a system that sends no reports.", status="2.1.9", action="relayed"), Kind.DELIVERED),
    "postfix greylisted to the end": (postfix("450 4.2.0 <jana@strojirny.example>: Recipient address rejected: Greylisted", "4.2.0"), R),
    "postfix dmarc": (postfix("550 5.7.26 Unauthenticated email is not accepted due to domain's DMARC policy", "5.7.26"), R),
    "postfix old name": (postfix("550 5.1.6 recipient no longer on server: address no longer valid", "5.1.6"), B),
    "postfix content": (postfix("550 5.7.1 Message content rejected, UBE, id=1", "5.7.1"), R),
    "postfix general words": (postfix("550 Requested action not taken: mailbox unavailable", "5.0.0"), B),
    "postfix code in words only": (postfix("550 5.1.1 no such user here", "5.0.0"), B),
    # Exchange, Microsoft 365
    "exchange not found en": (exchange("Delivery has failed to these recipients or groups:", "The email address you entered couldn't be found.", "5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient jana@strojirny.example not found by SMTP address lookup", "Undeliverable: Your Microsoft 365"), B),
    "exchange not found de": (exchange("Fehler bei der Nachrichtenzustellung an folgende Empfänger oder Gruppen:", "Die eingegebene E-Mail-Adresse wurde nicht gefunden.", "5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound", "Unzustellbar: Ihr Microsoft 365"), B),
    "exchange not found fr": (exchange("Échec de la remise pour ces destinataires ou groupes :", "L'adresse de courrier que vous avez entrée est introuvable.", "5.1.1", "550 5.1.1 RESOLVER.ADR.RecipNotFound; not found", "Non remis : Votre Microsoft 365"), B),
    "exchange not found es": (exchange("Error de entrega a estos destinatarios o grupos:", "No se encontró la dirección de correo electrónico especificada.", "5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound", "No se puede entregar: Su Microsoft 365"), B),
    "exchange not found cs": (exchange("Doručení těmto příjemcům nebo skupinám se nezdařilo:", "Zadaná e-mailová adresa nebyla nalezena.", "5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound", "Nedoručitelné: Váš Microsoft 365"), B),
    "exchange wasn't found at": (exchange("Your message to jana@strojirny.example couldn't be delivered.", "jana wasn't found at strojirny.example.", "5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound", "Undeliverable: decision"), B),
    "exchange access denied": (exchange("Your message couldn't be delivered.", "Access denied by the organization's rules.", "5.7.1", "550 5.7.1 RESOLVER.RST.AuthRequired; authentication required, sender restricted", "Undeliverable: decision"), R),
    "exchange blocked": (exchange("Your message couldn't be delivered.", "Blocked.", "5.7.606", "550 5.7.606 Access denied, banned sending IP [192.0.2.1]", "Undeliverable: decision"), R),
    "exchange dmarc": (exchange("Your message couldn't be delivered.", "Failed DMARC.", "5.7.509", "550 5.7.509 Access denied, sending domain severka.example does not pass DMARC verification", "Undeliverable"), R),
    "exchange quota": (exchange("Delivery has failed", "The recipient's mailbox is full.", "5.2.2", "554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException", "Undeliverable: decision"), R),
    "exchange disabled": (exchange("Delivery has failed", "The mailbox is disabled.", "5.2.1", "550 5.2.1 mailbox disabled, not accepting messages", "Undeliverable: decision"), B),
    "exchange expired": (exchange("Delivery has failed", "The server tried to deliver for two days.", "4.4.7", "550 4.4.7 QUEUE.Expired; message expired", "Undeliverable: decision"), R),
    "exchange expired 5.4.300": (exchange("Delivery has failed", "Expired.", "5.4.300", "550 5.4.300 Message expired -> 421 4.4.1 Connection timed out", "Undeliverable"), R),
    "exchange domain gone": (exchange("Delivery has failed", "The domain does not exist.", "5.4.310", "550 5.4.310 DNS domain strojirny.example does not exist [Message=InfoDomainNonexistent]", "Undeliverable"), B),
    "exchange loop": (exchange("Delivery has failed", "A mail loop.", "5.4.14", "554 5.4.14 Hop count exceeded - possible mail loop ATTR34", "Undeliverable"), R),
    "exchange spam": (exchange("Delivery has failed", "Looks like spam.", "5.7.350", "550 5.7.350 Remote server returned message detected as spam -> 554 rejected", "Undeliverable"), R),
    "exchange relay": (exchange("Delivery has failed", "No relay.", "5.7.64", "550 5.7.64 TenantAttribution; Relay Access Denied", "Undeliverable"), R),
    "exchange remote unknown": (exchange("Delivery has failed", "Their server says no.", "5.0.350", "550 5.0.350 Remote server returned an error -> 550 5.1.1 User unknown", "Undeliverable"), B),
    "exchange delayed de": (dsn("Die Nachricht wurde noch nicht zugestellt. Es wird weiter versucht.", status="4.4.7", action="delayed", sender="postmaster@severka.example", subject="Zustellung verzögert: Ihr Microsoft 365"), D),
    "exchange delivered": (dsn("Your message has been delivered to the following recipients", status="2.0.0", action="delivered", sender="postmaster@outlook.com", subject="Delivered: decision"), Kind.DELIVERED),
    "exchange size": (exchange("Delivery has failed", "Too large.", "5.2.3", "550 5.2.3 RESOLVER.RST.RecipSizeLimit; message too large for this recipient", "Undeliverable"), R),
    "outlook.com unknown": (exchange("Delivery has failed", "Unknown.", "5.5.0", "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302)", "Undeliverable"), B),
    "outlook.com rules of 2025": (exchange("Delivery has failed", "Not authenticated.", "5.7.515", "550 5.7.515 Access denied, sending domain does not meet the required authentication level", "Undeliverable"), R),
    # Google
    "gmail no account": (gmail("Your message wasn't delivered because the address couldn't be found, or is unable to receive mail.", "5.1.1", "550 5.1.1 The email account that you tried to reach does not exist. Please try double-checking the recipient's email address"), B),
    "gmail disabled": (gmail("The account is disabled.", "5.2.1", "550 5.2.1 The email account that you tried to reach is disabled."), B),
    "gmail over quota": (gmail("The recipient's inbox is full.", "5.2.2", "552 5.2.2 The email account that you tried to reach is over quota."), R),
    "gmail not authenticated": (gmail("Blocked.", "5.7.26", "550 5.7.26 This mail has been blocked because the sender is unauthenticated."), R),
    "gmail low reputation": (gmail("Blocked.", "5.7.1", "550 5.7.1 Our system has detected that this message is likely unsolicited mail; low reputation of the sending domain. blocked"), R),
    "gmail too fast": (gmail("Too fast.", "4.2.1", "450 4.2.1 The user you are trying to contact is receiving mail too quickly."), R),
    "gmail delay": (gmail("There was a temporary problem. Gmail will retry for 46 more hours.", "4.4.1", "The recipient server did not accept our requests to connect.", action="delayed"), D),
    "gmail domain not found": (gmail("Your message wasn't delivered because the domain strojirny.example couldn't be found.", "5.1.2", "DNS Error: DNS type 'mx' lookup of strojirny.example responded with code NXDOMAIN Domain name not found"), B),
    "gmail loop": (gmail("Loop.", "5.4.6", "554 5.4.6 Message exceeded 50 hops, this may indicate a mail loop."), R),
    "workspace policy": (gmail("Rejected.", "5.7.1", "550 5.7.1 Email rejected per the domain owner's policy."), R),
    # qmail
    "qmail no mailbox": (qmail("Sorry, no mailbox here by that name. (#5.1.1)"), B),
    "qmail unknown": (qmail("192.0.2.7 does not like recipient.\nRemote host said: 550 5.1.1 unknown user\nGiving up on 192.0.2.7."), B),
    "qmail vpopmail": (qmail("This address no longer accepts mail. no such user"), B),
    "qmail quota": (qmail("user is over quota (#5.2.2)"), R),
    "qmail no host": (qmail("Sorry, I couldn't find any host named strojirny.example. (#5.1.2)"), B),
    "qmail too long": (qmail("Connected to 192.0.2.7 but connection died. (#4.4.2)\nI'm not going to try again; this message has been in the queue too long."), R),
    "qmail spam": (qmail("Remote host said: 554 5.7.1 spam rejected"), R),
    "qmail relay": (qmail("Remote host said: 553 sorry, that domain isn't in my list of allowed rcpthosts; relaying denied (#5.7.1)"), R),
    # Exim
    "exim unrouteable": (exim("Unrouteable address"), B),
    "exim unknown": (exim("host mail.strojirny.example [192.0.2.7]\n    SMTP error from remote mail server after RCPT TO:<jana@strojirny.example>:\n    550 No Such User Here"), B),
    "exim all hosts failing": (exim("retry timeout exceeded"), R),
    "exim quota": (exim("mailbox is full: retry timeout exceeded\n    552 5.2.2 over quota"), R),
    "exim spam": (exim("SMTP error from remote mail server after end of data:\n    550 High probability of spam"), R),
    "exim delayed": (exim("SMTP error from remote mail server after RCPT TO: 451 Temporary local problem", delayed=True), D),
    "exim disabled": (exim("550 5.2.1 This mailbox is disabled: account disabled"), B),
    # Sendmail
    "sendmail unknown": (dsn("   ----- The following addresses had permanent fatal errors -----\n<jana@strojirny.example>\n    (reason: 550 5.1.1 <jana@strojirny.example>... User unknown)", status="5.1.1", diagnostic="550 5.1.1 <jana@strojirny.example>... User unknown", subject="Returned mail: see transcript for details", sender="Mail Delivery Subsystem <MAILER-DAEMON@mx.example>"), B),
    "sendmail warning": (dsn("    ** THIS IS A WARNING MESSAGE ONLY **\n    ** YOU DO NOT NEED TO RESEND YOUR MESSAGE **\nWarning: message still undelivered after 4 hours", status="4.4.1", action="delayed", subject="Warning: could not send message for past 4 hours"), D),
    "sendmail host unknown": (dsn("550 5.1.2 <jana@strojirny.example>... Host unknown (Name server: strojirny.example: host not found)", status="5.1.2", diagnostic="550 5.1.2 Host unknown", subject="Returned mail: Host unknown"), B),
    "sendmail cannot send for 5 days": (dsn("Message could not be delivered for 5 days\nMessage will be deleted from queue", status="4.4.7", diagnostic="Operation timed out; delivery time expired", subject="Returned mail: Cannot send message for 5 days"), R),
    # Others
    "yahoo": (dsn("Sorry, we were unable to deliver your message to the following address.", status="5.0.0", diagnostic="554 delivery error: dd This user doesn't have a yahoo.com account (jana) [0] - mta1.mail.example", subject="Failure Notice", sender="MAILER-DAEMON@yahoo.example"), B),
    "domino": (dsn("User jana (jana@strojirny.example) not listed in Domino Directory", status="5.0.0", diagnostic="550 jana... No such user; not listed in Domino Directory", subject="DELIVERY FAILURE: User jana not listed in Domino Directory", sender="Postmaster@strojirny.example"), B),
    "zimbra": (postfix("550 5.1.1 <jana@strojirny.example>: Recipient address rejected: strojirny.example", "5.1.1"), B),
    "mimecast": (dsn("Remote server rejected.", status="5.0.0", diagnostic="550 Invalid Recipient - https://community.mimecast.example/docs/DOC-1369#550", sender="postmaster@mimecast.example", subject="[Postmaster] Email Delivery Failure"), B),
    "mimecast policy": (dsn("Rejected.", status="5.0.0", diagnostic="550 Administrative prohibition - envelope blocked by policy", sender="postmaster@mimecast.example", subject="[Postmaster] Email Delivery Failure"), R),
    "proofpoint": (dsn("Blocked.", status="5.7.0", diagnostic="554 Blocked - see https://ipcheck.proofpoint.example/?ip=192.0.2.1", subject="Undeliverable"), R),
    "seznam.cz": (dsn("Omlouváme se, zprávu se nepodařilo doručit.", status="5.1.1", diagnostic="550 5.1.1 Sorry, no mailbox here by that name (#5.1.1); uživatel neexistuje", sender="MAILER-DAEMON@email.seznam.example", subject="Nedoručená zpráva"), B),
    "centrum.cz full": (dsn("Schránka je plná.", status="5.2.2", diagnostic="552 5.2.2 schránka je plná", sender="MAILER-DAEMON@centrum.example", subject="Zprávu nebylo možné doručit"), R),
    "web.de": (dsn("Die Adresse existiert nicht.", status="5.1.1", diagnostic="550 Requested action not taken: mailbox unavailable. Die Adresse existiert nicht", sender="mailer-daemon@web.example", subject="Mail delivery failed"), B),
    "gmx full": (dsn("Das Postfach ist voll.", status="5.2.2", diagnostic="552 Requested mail action aborted: exceeded storage allocation; Postfach ist voll; mailbox full", sender="mailer-daemon@gmx.example", subject="Unzustellbar"), R),
    "orange.fr": (dsn("L’adresse n’existe pas.", status="5.1.1", diagnostic="550 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. OFR_416", sender="mailer-daemon@orange.example", subject="Message non distribué"), B),
    "telefonica": (dsn("El usuario no existe.", status="5.1.1", diagnostic="550 5.1.1 usuario desocupado; usuario desconocido, no existe", sender="mailer-daemon@telefonica.example", subject="Correo devuelto"), B),
    "latin-1 report": (dsn("Benutzer unbekannt, Empfänger nicht gefunden", status="5.1.1", diagnostic="550 5.1.1 unknown user", charset="iso-8859-1"), B),
    "report without recipient": (dsn("?", status="5.0.0").replace(b"Action: failed", b"X-Action: none"), R),
    "unknown charset": (plain("550 5.1.1 User unknown", subject="Undeliverable: x", sender="MAILER-DAEMON@mx.example").replace(b"utf-8", b"x-klingon"), B),
    "bare prose": (plain("Your message to jana@strojirny.example could not be delivered to its recipient: no such mailbox.", subject="Delivery failure", sender="postmaster@strojirny.example"), B),
    # Complaints
    "complaint": (b"From: staff@hotmail.example\nSubject: complaint about message from 192.0.2.1\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=feedback-report; boundary=FF\n\n--FF\nContent-Type: text/plain\n\nThis is an email abuse report.\n--FF\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: SomeGenerator/1.0\nVersion: 1\n\n--FF\nContent-Type: message/rfc822\n\n" + ORIGINAL_HEADERS.encode() + b"\nbody\n--FF--\n", Kind.COMPLAINT),
    # Automatic replies
    "away exchange en": (reply("I am out of the office until 1 December.", subject="Automatic reply: Your Microsoft 365", headers="Auto-Submitted: auto-generated\nX-MS-Exchange-Inbox-Rules-Loop: jana@strojirny.example"), A),
    "away exchange de": (reply("Ich bin bis 1. Dezember nicht im Büro.", subject="Automatische Antwort: Ihr Microsoft 365", headers="Auto-Submitted: auto-generated"), A),
    "away exchange fr": (reply("Je suis absent jusqu'au 1er décembre.", subject="Réponse automatique : Votre Microsoft 365", headers="Auto-Submitted: auto-generated"), A),
    "away exchange es": (reply("Estoy fuera hasta el 1 de diciembre.", subject="Respuesta automática: Su Microsoft 365", headers="Auto-Submitted: auto-generated"), A),
    "away exchange cs": (reply("Do 1. prosince nejsem v kanceláři.", subject="Automatická odpověď: Váš Microsoft 365", headers="Auto-Submitted: auto-generated"), A),
    "away gmail": (reply("On holiday.", headers="Auto-Submitted: auto-replied\nPrecedence: bulk\nX-Autoreply: yes"), A),
    "away without a header": (reply("Gone fishing", subject="Out of Office: Your Microsoft 365"), A),
    "away vacation(1)": (reply("I am reading my mail again on Monday.", subject="Re: decision", headers="Precedence: auto_reply"), A),
    "away czech without a header": (reply("Jsem na dovolené.", subject="Mimo kancelář: Váš Microsoft 365"), A),
    "ticket number": (reply("Your request was registered as #12345.", subject="[#12345] Your Microsoft 365", headers="Auto-Submitted: auto-replied\nX-Autorespond: yes"), A),
    "left en": (reply("Jana Žďárská is no longer with the company. Please write to office@strojirny.example.", subject="Automatic reply: decision", headers="Auto-Submitted: auto-generated"), G),
    "left de": (reply("Frau Žďárská ist nicht mehr in unserem Unternehmen tätig.", subject="Automatische Antwort: Ihr Microsoft 365", headers="Auto-Submitted: auto-generated"), G),
    "left fr": (reply("Mme Žďárská ne fait plus partie de la société.", subject="Réponse automatique : x", headers="Auto-Submitted: auto-generated"), G),
    "left es": (reply("La señora Žďárská ya no trabaja en la empresa.", subject="Respuesta automática: x", headers="Auto-Submitted: auto-generated"), G),
    "left cs": (reply("Paní Žďárská již ve společnosti nepracuje.", subject="Automatická odpověď: x", headers="Auto-Submitted: auto-generated"), G),
    # Held back
    "challenge": (reply("To make sure that you are not a robot, please confirm that you are a human: click the link below to deliver your message.", subject="Please verify your email", headers="Auto-Submitted: auto-replied"), Kind.HELD),
    "quarantine": (plain("Your message was placed in quarantine until the recipient releases it.", subject="Message quarantined", sender="security@strojirny.example", path="<security@strojirny.example>"), Kind.HELD),
    # No more reminders
    "stop": (reply("", subject="No more reminders SEV-4821-0042"), Kind.STOP),
    # People
    "who are you": (reply("Who are you? I know nothing of this.\n\nOn Mon, 23 Nov 2026 at 10:00, Severka IT wrote:\n> Dear Jana"), P),
    "a yes by mail": (reply("Yes, do it.\n\n> Your Microsoft 365 is to move"), P),
    "a reply in czech": (reply("Dobrý den, kdo jste?\n\nDne 23. 11. 2026 v 10:00 Severka IT napsal(a):\n> text"), P),
    "a reply in german": (reply("Guten Tag, bitte rufen Sie mich an.\n\nAm 23.11.2026 um 10:00 schrieb Severka IT:\n> text"), P),
    "a reply in french": (reply("Appelez-moi.\n\nLe lun. 23 nov. 2026 à 10:00, Severka IT a écrit :\n> texte"), P),
    "a reply in spanish": (reply("Llámeme.\n\nEl lun, 23 nov 2026 a las 10:00, Severka IT escribió:\n> texto"), P),
    "a reply as html": (reply("<p>Is this real?</p><style>p{}</style>", html=True), P),
    "a reply that speaks of spam": (reply("I found you in my spam folder. Your mail could not be delivered to my boss, mailbox full?"), P),
    "auto-submitted no": (reply("A person.", headers="Auto-Submitted: no"), P),
    "no subject at all": (b"From: jana@strojirny.example\n\nHello?\n", P),
    "forwarded": (reply("My colleague will answer.", subject="Fwd: Your Microsoft 365 (SEV-4821-0042)"), P),
}  # fmt: skip
