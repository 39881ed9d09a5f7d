unit_test(aside SOURCES aside.c core_help.c protocol_help.c LIBRARIES gw_core LABELS "threads")
