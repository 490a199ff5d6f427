"""What Prometheus is told at `/metrics`.

There are many processes, and the database is the queue of record: it is asked when Prometheus asks, by the same number
of queries however much waits. Labels hold no secret and nothing personal.
"""
