"""What is to be known of well-known libraries' types, each loaded when its library is."""
