"""What authors do differently, recognised in a script and no error."""
