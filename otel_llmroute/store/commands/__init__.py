"""The commands of ``llmroute``, one file each: ``add`` declares options, ``run`` does it and returns the exit code."""
