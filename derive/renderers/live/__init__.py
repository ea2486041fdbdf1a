"""The live page: the static page with a script that works its figures out again, each digit proved.

Every figure follows when the reader changes a number.
"""
