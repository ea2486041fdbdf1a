"""Ways in and out: problems from the models and shapes people have, programs from problems, figures in their texts."""
