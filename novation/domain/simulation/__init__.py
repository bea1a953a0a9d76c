"""Forecasts a programme: the finish date, the busiest day, and what binds. Pure and seeded; no clock, no database.

One run plays every customer's way through the tracks against shared resources (operators, API, mail); many runs
with other chances make the forecast. It knows nothing of single calls: it is a model, checked against the rehearsal.
"""

from novation.domain.simulation.assumptions import Assumptions
from novation.domain.simulation.cases import Case, Goods, Stand, invented
from novation.domain.simulation.forecast import Forecast, enough_runs, forecast
from novation.domain.simulation.world import Cause

__all__ = [
    "Assumptions",
    "Case",
    "Cause",
    "Forecast",
    "Goods",
    "Stand",
    "enough_runs",
    "forecast",
    "invented",
]
