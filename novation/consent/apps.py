from typing import Any

from django.apps import AppConfig


class ConsentConfig(AppConfig):
    name = "novation.consent"
    label = "consent"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """What this app keeps of people is erased with them."""
        from novation.consent.services.erasure import erase
        from novation.moves.services.erasure import people_erased

        def forget(move: Any, now: Any, **_: Any) -> None:
            erase(move)

        people_erased.connect(forget, weak=False, dispatch_uid="consent")
