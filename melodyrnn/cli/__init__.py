"""The command line: one file a command. Each imports what it works with only when it runs."""

import os

# Before numpy is imported, or it is not read. A step of the network waits for memory: a second thread would wait too.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
