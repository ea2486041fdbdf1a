"""What goes back: marked pages, the gradebook, the class page."""
