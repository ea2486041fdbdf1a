"""Questions for learning platforms: one for each figure and version, each mistake with its feedback."""
