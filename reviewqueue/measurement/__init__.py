"""What is measured: metrics, QA samples, seeded defects and the statistics below them. Definitions in words are in
`core/metric_definitions.py`."""
