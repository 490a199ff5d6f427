"""The one list of what needs a person. Each alarm ends here.

A case is derived from its cause, so the list empties by itself when the cause goes; who has taken it, a note and when
it is shown again are kept beside it (`AttentionMark`). `kinds` holds the register, `cases` reads, `handling` is what a
person does, `telling` sends the mails.
"""
