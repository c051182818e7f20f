import lab
from django.http import HttpResponse
from django.urls import path

urlpatterns = [path("", lambda request: HttpResponse(lab.weigh("django", 4)["kilos"].__repr__()))]
