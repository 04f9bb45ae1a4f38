"""What a request cost: tokens × prices → cost event → metrics and one log line."""
