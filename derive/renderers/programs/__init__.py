"""Programs that train a problem without derive, and print its figures."""
