enum PlaceholderSwarmManager {}
