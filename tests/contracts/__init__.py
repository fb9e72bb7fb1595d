"""What the API has promised: to everybody by what was released, and to each client by what it reads."""
