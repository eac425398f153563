"""What a cluster holds, counted by the cluster."""
