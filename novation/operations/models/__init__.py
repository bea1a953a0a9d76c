"""What is stored of operations, steps and tasks. Writes go through `novation.operations.services`."""

from novation.operations.models.engine import Allowance, EngineRun
from novation.operations.models.operation import Operation
from novation.operations.models.step import Step
from novation.operations.models.task import Approval, Task

__all__ = ["Allowance", "Approval", "EngineRun", "Operation", "Step", "Task"]
