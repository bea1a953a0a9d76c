"""What was read on Microsoft's side becomes facts here: each function takes one answer and changes the tracks.

They are called inside the transaction that records the outcome of the call. An answer is a frozen value of
`novation.domain.answers`; nothing here knows how it was read.
"""
