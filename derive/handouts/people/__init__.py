"""Who gets a sheet: rosters, forms, manifests, answer files."""
