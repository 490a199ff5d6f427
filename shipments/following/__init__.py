"""What an open page follows: a version of all that it shows, told by one or two queries before anything is rendered.

Nobody has to raise these versions. They are made of the rows that a page shows, so whatever changes one moves it.
"""
