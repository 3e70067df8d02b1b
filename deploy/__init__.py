"""Everything a real installation puts beside the programme, the drills that run it, and the bundle. Not imported by casemgr."""
