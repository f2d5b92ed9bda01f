"""What is known of encoders: sweeps measured, judged row by row and cell by cell, and samples drawn from them."""
