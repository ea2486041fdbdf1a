"""What is given, exactly as typed."""
