"""Work that takes long: tasks in several processes."""
