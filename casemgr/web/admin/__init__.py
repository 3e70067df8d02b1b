"""Running the house: rules and calendar in force, connections, jobs, the trail of the audit. Nothing of a matter is shown."""
