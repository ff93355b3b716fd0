"""What every package shares and no rule of the product: errors, settings, canonical JSON, text limits, e-mail as bytes,
the vocabulary and the metric definitions. No database and no Flask."""
