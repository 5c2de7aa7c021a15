"""What each direction can show on the screen, made of the functions its reports are made of."""
