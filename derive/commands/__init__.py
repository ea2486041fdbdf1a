"""What each command of the command line takes and does; `cli` reads argv and hands it on."""
