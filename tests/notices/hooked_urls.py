"""The addresses of the project with the reports of a mail service, as when their name and password are set."""

from django.urls import include, path

from novation.urls import urlpatterns as ours

urlpatterns = [path("mail/hooks/", include("anymail.urls")), *ours]
