"""The metrics of a lane: what each onboarding adds, the rollup that follows the log, the comparison with the baseline,
and the export for Prometheus."""
