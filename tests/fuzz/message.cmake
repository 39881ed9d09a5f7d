# One message through the whole protocol, with real keys, a real store and the embedded CA.
fuzz_target(message SOURCES fuzz_message.c LIBRARIES gw_core
            CORPUS ${PROJECT_SOURCE_DIR}/tests/vectors)
