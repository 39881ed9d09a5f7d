unit_test(decide SOURCES decide.c LIBRARIES gw_protocol)
