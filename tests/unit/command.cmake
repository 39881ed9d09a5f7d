unit_test(command SOURCES command.c LIBRARIES gw_core)
