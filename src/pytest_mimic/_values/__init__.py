"""What is known of values by those who make keys of them and by those who store them."""
