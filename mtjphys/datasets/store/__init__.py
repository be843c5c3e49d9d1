"""Where a dataset is kept: a Zarr store of shards, each with the record of the task that made it."""
