enum PlaceholderSwarmSecurity {}
