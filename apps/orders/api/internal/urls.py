"""What only services may reach."""

from django.urls import path

from chassis.endpoints import Announcements

urlpatterns = [path("announcements", Announcements.as_view(), name="announcements")]
