"""Many matters at once: the list with its filters, one act on many, workbooks, the warning board of an area."""
