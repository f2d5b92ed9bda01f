"""Makes the documentation's reference from the code when the site is built, and runs the commands that pages show."""
