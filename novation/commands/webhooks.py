"""Lets Microsoft tell us sooner: registers the pages where its webhooks arrive."""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

from novation import clock
from novation.domain.errors import BadInput
from novation.engine.accounts import open_account
from novation.engine.webhook_registration import Registered, register
from novation.partnercenter import PartnerCenter


def webhooks(options: argparse.Namespace) -> int:
    """Registers our page with one account or both, and says what is registered."""
    base = settings.NOVATION_PUBLIC_URL.rstrip("/")
    if not options.anyway:
        _reachable(base)
    for role in [options.account] if options.account else ["source", "target"]:
        url = base + reverse("partner-center-hook", args=[role])
        found = asyncio.run(_register(open_account(role), role, url, replace=options.replace))
        how = "reports now" if found.changed else "reports already"
        instead = f" (before: {found.before})" if found.before and found.before != url else ""
        print(f"The {role} account {how} to {url}{instead}: {', '.join(found.events)}.")
    return 0


async def _register(account: PartnerCenter, role: str, url: str, *, replace: bool) -> Registered:
    async with account:
        return await register(account, role, url, replace=replace, clock=clock.clock())


def _reachable(base: str) -> None:
    """Refuses what Microsoft can surely not reach."""
    parts = urlsplit(base)
    host = parts.hostname or ""
    try:
        inside = not ipaddress.ip_address(host).is_global
    except ValueError:
        inside = host == "localhost" or "." not in host
    if parts.scheme != "https" or inside:
        raise BadInput(
            f"Microsoft cannot reach {base}.",
            where="NOVATION_PUBLIC_URL",
            remedy="Set it to the public https:// address of the pages, or add --anyway for a trial.",
        )
