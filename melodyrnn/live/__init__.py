"""Who plays what when. It is handed ports, a clock and a model, and knows none of the libraries behind them."""
