"""The durable background process: claims due moves, asks `decide`, makes the calls, records what came of them.

It is level-triggered: what is due follows from the rows alone, so a lost message cannot lose work.
"""
