"""Own architectures: arrays, layers, samples and time, worked down to one formula for each number."""
