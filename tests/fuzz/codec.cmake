# Decode, encode, compare.  The vectors are the corpus, good and bad.
fuzz_target(codec SOURCES fuzz_codec.c LIBRARIES cmpcodec OPTIONS -max_len=8192
            CORPUS ${PROJECT_SOURCE_DIR}/tests/vectors ${PROJECT_SOURCE_DIR}/tests/vectors/bad)
