"""What the queue is compared with: a program each, with a client and packages of its own.

They are started with the server's socket and the counts, and print one line of JSON. Nothing here is part of
an installation: ``./run bench queue`` installs the packages into ``.cache/peers``.
"""
