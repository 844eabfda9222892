"""How many threads the network's arithmetic may use."""

from threadpoolctl import threadpool_limits


def one_thread() -> threadpool_limits:
    """One BLAS thread, within a `with`. A step waits for memory: more threads would only wait for each other."""
    return threadpool_limits(1, user_api="blas")
