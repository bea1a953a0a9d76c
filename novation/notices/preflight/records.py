"""Judges SPF (RFC 7208), DKIM (RFC 6376) and DMARC (RFC 7489) records: each function says what is wrong, in words."""

from __future__ import annotations

import base64
import binascii
import re

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from novation.notices.preflight.dns import Dns

#: RFC 7208 section 4.6.4: terms that cost a look-up, and how many there may be.
_COSTS = ("include:", "a", "mx", "ptr", "exists:", "redirect=")
MOST_LOOKUPS = 10
#: RFC 8301: shorter keys must not be used, and receivers do not believe them.
SHORTEST_KEY = 1024


def spf(domain: str, needed: str, dns: Dns) -> list[str]:
    """What is wrong with the SPF record of `domain`.

    Args:
        needed: the term that lets our mail server send, such as `include:spf.protection.outlook.com`; empty
            when it is not known.
        dns: for the record and those that it includes.
    """
    found = [text for text in dns.txt(domain) if text.lower().split(" ")[0] == "v=spf1"]
    if not found:
        return [f"{domain} has no SPF record."]
    if len(found) > 1:
        return [f"{domain} has {len(found)} SPF records; receivers then believe none."]
    terms = found[0].lower().split()[1:]
    wrong = []
    last = next((term for term in terms if term.lstrip("+-~?") == "all"), "")
    if not last and not any(term.startswith("redirect=") for term in terms):
        wrong.append("The SPF record does not say what holds for all others (-all or ~all).")
    elif last in ("all", "+all", "?all"):
        wrong.append(f"The SPF record lets anybody send in our name ({last}).")
    if needed and needed.lower() not in [term.lstrip("+") for term in terms]:
        wrong.append(f"The SPF record does not name our mail server: {needed} is missing.")
    if (cost := _lookups(domain, dns, set())) > MOST_LOOKUPS:
        wrong.append(f"The SPF record needs {cost} look-ups; receivers stop at {MOST_LOOKUPS}.")
    return wrong


def _lookups(domain: str, dns: Dns, seen: set[str]) -> int:
    if domain in seen or len(seen) > 4 * MOST_LOOKUPS:
        return 0
    seen.add(domain)
    cost = 0
    for text in dns.txt(domain):
        if text.lower().split(" ")[0] != "v=spf1":
            continue
        for term in text.lower().split()[1:]:
            bare = term.lstrip("+-~?")
            if not any(
                bare == kind or bare.startswith((kind, f"{kind}:", f"{kind}/"))
                for kind in _COSTS
                if kind != "a"
            ) and not re.match(r"a(?:$|[:/])", bare):
                continue
            cost += 1
            for marker in ("include:", "redirect="):
                if bare.startswith(marker):
                    cost += _lookups(bare.removeprefix(marker), dns, seen)
    return cost


def dkim(domain: str, selectors: list[str], dns: Dns) -> list[str]:
    """What is wrong with the DKIM keys of `domain`; one good selector is enough."""
    if not selectors:
        return ["It is not said under which selector our mails are signed."]
    wrong = []
    for selector in selectors:
        name = f"{selector}._domainkey.{domain}"
        found = [text for text in dns.txt(name) if "p=" in text]
        said = _key(name, found)
        if not said:
            return []
        wrong.append(said)
    return wrong


def _key(name: str, found: list[str]) -> str:
    if not found:
        return f"There is no DKIM key at {name}."
    tags = {part.strip().partition("=")[0]: part.strip().partition("=")[2] for part in found[0].split(";")}
    coded = re.sub(r"\s", "", tags.get("p", ""))
    if not coded:
        return f"The DKIM key at {name} has been withdrawn."
    if tags.get("k", "rsa") == "ed25519":
        return ""
    try:
        key = load_der_public_key(base64.b64decode(coded, validate=True))
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        return f"The DKIM key at {name} cannot be read."
    if isinstance(key, RSAPublicKey) and key.key_size < SHORTEST_KEY:
        return f"The DKIM key at {name} has only {key.key_size} bits."
    return ""


def dmarc(domain: str, dns: Dns) -> list[str]:
    """What is wrong with the DMARC record that holds for `domain`; a parent's record holds for its children."""
    labels = domain.split(".")
    for start in range(len(labels) - 1):
        name = "_dmarc." + ".".join(labels[start:])
        found = [text for text in dns.txt(name) if re.match(r"v\s*=\s*DMARC1\b", text)]
        if len(found) > 1:
            return [f"There are {len(found)} DMARC records at {name}; receivers then believe none."]
        if found:
            policy = re.search(r"(?:^|;)\s*p\s*=\s*(\w+)", found[0])
            if policy is None or policy.group(1).lower() not in ("none", "quarantine", "reject"):
                return [f"The DMARC record at {name} has no policy (p=none, quarantine or reject)."]
            share = re.search(r"(?:^|;)\s*pct\s*=\s*(\d{1,9})", found[0])
            if share and not 0 <= int(share.group(1)) <= 100:
                return [f"The DMARC record at {name} has a share of {share.group(1)} %."]
            return []
    return [f"{domain} has no DMARC record."]
