fuzz_target(config SOURCES fuzz_config.c LIBRARIES gw_runtime CORPUS ${CMAKE_CURRENT_LIST_DIR}/config)
