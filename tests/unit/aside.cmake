unit_test(aside SOURCES aside.c LIBRARIES core_help LABELS "threads")
