# What can happen to some transactions, through worker, queue, store and writer, judged by a model.
fuzz_target(sequence CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/sequence OPTIONS -max_len=121
            SOURCES fuzz_sequence.c sequence_core.c ../unit/protocol_help.c LIBRARIES gw_core)
