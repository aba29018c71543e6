enum PlaceholderDockerAPI {}
