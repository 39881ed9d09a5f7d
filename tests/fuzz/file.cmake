# What whoever may write into a drop decides: names, and the first octets of files.
fuzz_target(file_name CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/file_name OPTIONS -max_len=300
            SOURCES fuzz_file_name.c ../../transports/file/name.c ../../transports/file/whole.c)
# What stands beside files on one-way media.
fuzz_target(file_record CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/file_record OPTIONS -max_len=1100
            SOURCES fuzz_file_record.c ../../transports/file/record.c ../../transports/file/name.c)
