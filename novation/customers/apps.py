from django.apps import AppConfig


class CustomersConfig(AppConfig):
    """Partner accounts, customers, their people, what was read of them, and the vault."""

    name = "novation.customers"
    default_auto_field = "django.db.models.BigAutoField"
