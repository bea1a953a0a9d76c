"""What was read on Microsoft's side becomes facts here: each function takes one answer and changes the tracks.

They are called inside the transaction that records the outcome of the call. `value` holds plain values that
the engine took from the answer; nothing here knows how they were read.
"""
