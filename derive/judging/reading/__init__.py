"""Answers as people hand them in: numbers as written, in CSV, JSON and XLSX, and empty forms."""
