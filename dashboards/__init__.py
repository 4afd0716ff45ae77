"""Dashboards and alert rules of Grafana, made from the boards and questions of the store: ``make dashboards``."""
