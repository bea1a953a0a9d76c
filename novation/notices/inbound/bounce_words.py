"""The words by which servers and mail programmes of five languages give themselves away."""

from __future__ import annotations

import re


def _any(*phrases: str) -> re.Pattern[str]:
    return re.compile("|".join(phrases), re.IGNORECASE)


#: Senders that are machines.
SERVER = _any(
    r"mailer[-_ ]?daemon",
    r"\bpostmaster@",
    r"mail delivery (?:sub)?system",
    r"microsoftexchange[0-9a-f]+@",
    r"mdaemon@",
)

#: Subjects of reports from servers that do not say so otherwise.
UNDELIVERED_SUBJECT = _any(
    r"undeliver", r"delivery (?:status|failure|has failed)", r"returned mail", r"failure notice",
    r"mail delivery", r"could not be delivered", r"delivery delayed", r"warning: could not send",
    r"unzustellbar", r"konnte nicht zugestellt", r"zustellung", r"non remis", r"non distribu", r"remise",
    r"no se (?:pudo|ha podido) entregar", r"no se puede entregar", r"sin entregar", r"devuelto",
    r"nedoručiteln", r"nebylo? (?:možné )?doručen", r"nedoručen",
)  # fmt: skip

#: The address is the reason.
NO_SUCH_ADDRESS = _any(
    r"user unknown", r"unknown (?:user|recipient|address|mailbox|local part)",
    r"no such (?:user|mailbox|recipient|address|person)",
    r"does ?n[o']t exist", r"does not have (?:a|an) .{0,20}(?:account|mailbox)",
    r"recipient ?not ?found",
    r"address (?:rejected: )?(?:couldn't|could not) be found", r"wasn't found at",
    r"recipient address rejected: (?:user|access|undeliverable|unverified)",
    r"mailbox (?:unavailable|not found|does not exist|disabled|is disabled|name not allowed)",
    r"account (?:that you tried|has been disabled|is disabled|disabled)",
    r"invalid (?:recipient|mailbox|address)", r"host or domain name not found",
    r"domain (?:name )?(?:not found|does not exist)",
    r"unrouteable address", r"no mailbox here", r"not listed in (?:domino|public name)",
    r"no longer (?:valid|active|in use)", r"resolver\.adr\.", r"nxdomain",
    r"recipient rejected", r"no mail ?box by that name", r"bad destination (?:mailbox|system)",
    r"existiert nicht", r"unbekannter (?:empfänger|benutzer)", r"nicht gefunden",
    r"n'existe pas", r"n’existe pas", r"introuvable", r"destinataire inconnu",
    r"no existe", r"no se encontró", r"usuario desconocido",
    r"neexistuje", r"nebyla nalezena", r"neznámý (?:uživatel|příjemce)",
)  # fmt: skip

#: Final, but not because of the address.
NOT_DELIVERED_FOR_OTHER_REASONS = _any(
    r"over ?quota", r"quota exceeded", r"mailbox (?:is )?full", r"insufficient (?:system )?storage",
    r"exceeded (?:storage|its quota)",
    r"\bspam\b", r"blocked", r"blacklist", r"block ?list", r"spamhaus", r"reputation", r"policy",
    r"dmarc", r"\bspf\b", r"\bdkim\b", r"content (?:rejected|filter)",
    r"message (?:size|too large)", r"too large", r"delivery time expired",
    r"retry (?:time|timeout) (?:exceeded|not reached)", r"too (?:many hops|long)",
    r"loop", r"access denied", r"not authori[sz]ed", r"relay(?:ing)? (?:access )?denied",
    r"message expired", r"i'm not going to try again; this message has been in the queue too long",
    r"connection timed out", r"queue too long", r"not allowed to send", r"restricted",
    r"postfach (?:ist )?voll", r"boîte (?:aux lettres |de réception )?(?:est )?pleine",
    r"buzón (?:está )?lleno", r"schránka (?:je )?plná",
)  # fmt: skip

#: Still being tried.
DELAY = _any(
    r"delay(?:ed)?", r"will (?:continue|keep) (?:trying|to be attempted)", r"has not yet been delivered",
    r"warning message only", r"not yet been",
    r"verzögert", r"wird weiter versucht", r"retard", r"différé", r"retras", r"aplazad", r"zpožděn",
    r"odložen",
)  # fmt: skip

#: Words that make an end of it, whatever was delayed before.
FINAL = _any(
    r"giving up",
    r"permanent (?:error|failure)",
    r"has been returned",
    r"could not be delivered to",
    r"failed permanently",
    r"expired",
)

#: Subjects of automatic replies that carry no header.
AWAY_SUBJECT = _any(
    r"^(?:automatic|auto)[- ]?(?:reply|response)", r"^out of (?:the )?office", r"^autoreply",
    r"^i am out",
    r"^automatische antwort", r"^abwesen", r"^auto(?:matische)?[- ]?antwort",
    r"^réponse automatique", r"^absence", r"^absent",
    r"^respuesta automática", r"^fuera de (?:la )?oficina", r"^ausente",
    r"^automatická odpověď", r"^mimo kancelář", r"^nepřítomnost",
)  # fmt: skip

#: The person has left.
GONE = _any(
    r"no longer (?:with|works?|employed|part of)", r"ha(?:s|ve) left (?:the company|our)",
    r"is not employed",
    r"nicht mehr (?:im|in unserem|bei|für)", r"ausgeschieden", r"unternehmen verlassen",
    r"ne (?:travaille|fait) plus", r"a quitté (?:la société|l'entreprise|l’entreprise)",
    r"plus partie de",
    r"ya no (?:trabaja|forma parte)", r"ha dejado la empresa",
    r"již (?:ve společnosti |u nás )?nepracuj", r"už (?:ve společnosti |u nás )?nepracuj",
    r"již není zaměstnan", r"ukončil(?:a)? pracovní poměr",
)  # fmt: skip

#: Kept back until the sender or the recipient does something.
HELD = _any(
    r"quarantin", r"(?:please )?(?:confirm|verify) (?:that )?you(?:r email| are (?:a )?human| sent)",
    r"challenge[- ]response",
    r"click (?:the link )?(?:below )?to (?:release|confirm|deliver)",
    r"awaiting (?:your )?(?:approval|moderation|verification)", r"moderat(?:or|ion)",
)  # fmt: skip

#: Our own subject for "no more reminders" (see `mail`).
STOP = _any(r"^(?:re: ?)?no more reminders\b", r"^(?:re: ?)?unsubscribe$")

#: The line above a quotation.
QUOTE_BEGINS = _any(
    r"^-{2,}\s*(?:original message|ursprüngliche nachricht|message d['’]origine|mensaje original|původní zpráva)",
    r"^_{10,}$",
    r"^(?:on|am|le|el|dne) .{6,120}(?:wrote|schrieb|a écrit|escribió|napsal(?:\(?a\)?)?)\s*(?::\s*)?$",
    r"^(?:from|von|de|od): .+",
)
