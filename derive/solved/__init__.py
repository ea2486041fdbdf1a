"""A problem solved, trained and explained."""
