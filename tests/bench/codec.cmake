# Beside OpenSSL, which is only here to be compared with.
pkg_check_modules(LIBCRYPTO IMPORTED_TARGET libcrypto>=3.0)
if(LIBCRYPTO_FOUND)
  add_executable(bench_codec bench_codec.c)
  target_link_libraries(bench_codec PRIVATE cmpcodec PkgConfig::LIBCRYPTO)
  target_compile_definitions(bench_codec PRIVATE SOURCE_DIR="${PROJECT_SOURCE_DIR}")
endif()
