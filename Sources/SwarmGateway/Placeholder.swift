enum PlaceholderSwarmGateway {}
