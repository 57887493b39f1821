"""Turns the pages, Markdown files, into the notebooks that stand beside them."""
