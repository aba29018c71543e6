enum PlaceholderSwarmAgent {}
