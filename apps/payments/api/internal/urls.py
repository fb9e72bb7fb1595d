"""What the other services reach, and nobody else."""

from django.urls import path

from chassis.endpoints import Announcements

urlpatterns = [path("announcements", Announcements.as_view(), name="announcement-list")]
