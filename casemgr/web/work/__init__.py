"""The day's work of one person or desk: what waits, what comes in, who is away, who takes over, who is on which team."""
