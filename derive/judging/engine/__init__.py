"""Judging figures of one round from their writer's own earlier figures, with intervals."""
