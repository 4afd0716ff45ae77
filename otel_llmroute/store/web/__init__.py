"""The web port: JSON for the commands, and later the pages."""
