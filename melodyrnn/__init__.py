"""melodyrnn: a recurrent network that continues your music."""
