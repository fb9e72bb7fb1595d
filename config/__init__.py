"""How a process is put together. It is an installed app too: the commands that all services share live here."""
