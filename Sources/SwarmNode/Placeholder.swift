enum PlaceholderSwarmNode {}
