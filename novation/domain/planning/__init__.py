"""What a wave would do before it does anything: calls, mails, time, brakes, and the checksum of what was reviewed."""

from novation.domain.planning.course import Course, course
from novation.domain.planning.plan import Change, Line, PlanChanged, Rates, WavePlan, changes
from novation.domain.planning.safety_limits import Brake, UnsafePlan, brakes, size_brakes

__all__ = [
    "Brake",
    "Change",
    "Course",
    "Line",
    "PlanChanged",
    "Rates",
    "UnsafePlan",
    "WavePlan",
    "brakes",
    "changes",
    "course",
    "size_brakes",
]
