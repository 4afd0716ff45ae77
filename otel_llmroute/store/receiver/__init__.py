"""OTLP in: from the body of a request to rows in the tables."""
