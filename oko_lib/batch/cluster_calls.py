"""What is sent to a Dask scheduler and its workers to be called there.

These functions travel whole, not by name, and import when they are called: the scheduler's machine, which only passes
them on, needs no copy of this program, and a worker without one can say so.
"""


def build(run, key, order):
    """Build one report on a worker; see :func:`oko_lib.batch.cluster_worker.build`."""
    from oko_lib.batch import cluster_worker

    return cluster_worker.build(run, key, order)


def end(run_id):
    """End what a worker still has of a run."""
    from oko_lib.batch import cluster_worker

    return cluster_worker.end(run_id)
