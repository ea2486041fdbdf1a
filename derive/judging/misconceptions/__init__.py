"""Wrong rules as data: each a mutated formula at one kind of step."""
