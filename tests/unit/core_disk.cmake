unit_test(core_disk SOURCES core_disk.c LIBRARIES core_help LABELS "threads")
