"""Several messages about one matter (多人反映同一事项): found by what they say, without a learnt model; pure."""
