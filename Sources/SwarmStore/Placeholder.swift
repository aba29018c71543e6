enum PlaceholderSwarmStore {}
