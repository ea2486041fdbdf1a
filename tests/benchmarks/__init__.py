"""Ratios measured side by side in one run: ``python -m tests.benchmarks`` from the checkout."""
