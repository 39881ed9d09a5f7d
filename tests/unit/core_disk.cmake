unit_test(core_disk SOURCES core_disk.c core_help.c protocol_help.c LIBRARIES gw_core LABELS "threads")
