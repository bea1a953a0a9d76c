"""A whole programme, rehearsed: the real product against the emulator, with simulated people at its front doors.

`director` runs it; `stack` starts the processes; `clock_driver` drives the virtual clock; `customers` and
`operators` are the people; `invariants` judges the end against the emulator's call record.
"""
