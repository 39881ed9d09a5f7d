# Both TCP framings, as a server and as a sender read them.
fuzz_target(framing CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/framing OPTIONS -max_len=9000
            SOURCES fuzz_framing.c ../../transports/framing/frame.c ../../transports/framing/reader.c)
