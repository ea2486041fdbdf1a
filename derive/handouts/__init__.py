"""Other numbers for every student: worksheets, keys, rosters and manifests."""
