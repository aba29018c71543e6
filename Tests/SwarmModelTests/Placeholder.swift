enum PlaceholderSwarmModel {}
