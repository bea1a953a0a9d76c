"""What a wave would do before it does anything: calls, mails, time, brakes, and the checksum of what was reviewed."""

from novation.domain.planning.course import Course, course
from novation.domain.planning.plan import Change, Line, PlanChanged, Rates, WavePlan, changes
from novation.domain.planning.safety_limits import Brake, UnsafePlan, exceeded_limits, size_limits

__all__ = [
    "Brake",
    "Change",
    "Course",
    "Line",
    "PlanChanged",
    "Rates",
    "UnsafePlan",
    "WavePlan",
    "changes",
    "course",
    "exceeded_limits",
    "size_limits",
]
