from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from examples.flights import reports
from examples.flights.models import Airline, Flight, Weather

FLIGHTS_A_PAGE = 50
ORIGINS = ("EWR", "JFK", "LGA")
MONTHS = range(1, 13)


@require_safe
def flight_list(request: HttpRequest) -> HttpResponse:
    """All flights, by airport, airline and destination, a page at a time."""
    conditions = Q()
    for parameter, field in (
        ("origin", "origin_id"),
        ("airline", "airline_id"),
        ("to", "destination__name__icontains"),
    ):
        if value := request.GET.get(parameter):
            conditions &= Q((field, value))
    flights = Flight.objects.filter(conditions).select_related("airline", "destination")
    page = Paginator(flights, FLIGHTS_A_PAGE).get_page(request.GET.get("page"))
    query = {name: request.GET.get(name, "") for name in ("origin", "airline", "to")}
    context = {
        "page": page,
        "airlines": Airline.objects.all(),
        "origins": ORIGINS,
        "query": query,
    }
    return render(request, "flights/list.html", context)


@require_safe
def flight_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a flight, the weather at its departure, and the previous flights of its plane."""
    flights = Flight.objects.select_related("airline", "plane", "origin", "destination")
    flight = get_object_or_404(flights, pk=pk)
    hour = flight.scheduled_departure.replace(minute=0)
    context = {
        "flight": flight,
        "weather": Weather.objects.filter(airport=flight.origin_id, hour=hour).first(),
        "legs": reports.legs_of_plane(flight).order_by("-scheduled_departure")[:10],
    }
    return render(request, "flights/detail.html", context)


@require_safe
def delays(request: HttpRequest, month: int = 1) -> HttpResponse:
    """A month's airlines by week, ranked by how many of their flights were late."""
    if month not in MONTHS:
        raise Http404("The year has twelve months.")
    context = {"rows": reports.weekly_delays(month), "month": month, "months": MONTHS}
    return render(request, "flights/delays.html", context)


@require_safe
def departures(request: HttpRequest, at_once: bool) -> HttpResponse:
    """Show the last departures, with one query per row or a single one."""
    flights = reports.latest_departures_at_once() if at_once else reports.latest_departures()
    return render(request, "flights/departures.html", {"flights": flights, "at_once": at_once})


@require_safe
def by_distance(request: HttpRequest, miles: int) -> HttpResponse:
    """The flights of a distance, which no index answers."""
    context = {"flights": reports.flights_by_distance(miles), "miles": miles}
    return render(request, "flights/far.html", context)


@require_safe
def by_route(request: HttpRequest, origin: str, destination: str) -> HttpResponse:
    """The flights of a route, which an index answers."""
    flights = reports.flights_by_route(origin, destination)
    context = {"flights": flights, "origin": origin, "destination": destination}
    return render(request, "flights/far.html", context)
