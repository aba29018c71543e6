enum PlaceholderEtcdRPC {}
