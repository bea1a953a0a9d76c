from django.apps import AppConfig


class MovesConfig(AppConfig):
    """Programmes, customers and their moves: what is stored, and what may be done to it."""

    name = "novation.moves"
    default_auto_field = "django.db.models.BigAutoField"
