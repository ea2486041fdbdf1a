"""Other numbers of the same structure, such that every mistake would show."""
