"""The document as data: wording, order, steps, and what fills them."""
