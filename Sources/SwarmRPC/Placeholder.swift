enum PlaceholderSwarmRPC {}
