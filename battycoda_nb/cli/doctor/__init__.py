"""`battycoda doctor`: what is wrong with this machine, its server and its workers, and what to do."""
