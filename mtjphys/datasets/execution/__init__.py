"""How the tasks run: threads, or a dask cluster."""
