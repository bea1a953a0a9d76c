from django.apps import AppConfig


class EngineConfig(AppConfig):
    """The background process. Every process loads its steps: pages and rules know them from their declarations."""

    name = "novation.engine"

    def ready(self) -> None:
        """Puts every step on the list."""
        from novation.engine import steps  # models are loaded by now

        steps.load()
