# Sequences of inputs against the table of legal moves, judged by a model.
fuzz_target(decide SOURCES fuzz_decide.c LIBRARIES gw_protocol CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/decide
            OPTIONS -max_len=400)
