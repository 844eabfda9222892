"""The input of a network: a song as events, and the features of a step that a context computes from them."""
