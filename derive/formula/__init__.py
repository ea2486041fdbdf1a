"""Formulas as plain data, and one record for each function and each loss that they may hold."""
