"""Pages of the system administrator about the places: areas with their posts, committees, departments, teams, rooms."""
