"""A courier in a box: the BEX API over real HTTP, with faults on demand.

Written from the courier's documentation. It imports nothing else of this project, so that nothing can be right merely
because both sides share a misreading. It is for one machine and for play data: never expose it to a network.
"""
