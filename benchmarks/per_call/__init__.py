"""The parts of ``benchmarks/overhead.py``.

``environments`` builds what is compared; ``worker`` and ``startup`` run inside those environments and measure, with
``provider`` (the fixed answers), ``telemetry`` (the same providers for all) and ``activation`` (how each is switched
on); ``figures`` turns timings into figures, ``report`` prints them and holds them against the budgets.
"""
