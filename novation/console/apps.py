from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """The operators' pages. It stores nothing of its own."""

    name = "novation.console"

    def ready(self) -> None:
        """Connects the record of sign-ins."""
        from novation.console import signin

        signin.connect()
