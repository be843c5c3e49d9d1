"""What has nothing to do with physics: parameter models, units, errors, files, Ctrl-C."""
