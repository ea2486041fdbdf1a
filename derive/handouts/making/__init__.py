"""A handout ordered, written file by file, and gone on with where it stopped."""
