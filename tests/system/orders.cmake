# What becomes of orders, secrets and confirmations: two at once, too late, and kill -9 in between.
if(TARGET cmpgate AND TARGET http_module AND TARGET ca_module AND OPENSSL AND SQLITE3 AND JQ AND FAKETIME AND CURL)
  # For a gateway, whose sanitizer must not report the library that is preloaded.
  add_library(later MODULE later.c)
  set_target_properties(later PROPERTIES PREFIX "")
  target_compile_options(later PRIVATE -fno-sanitize=all)
  target_link_options(later PRIVATE -fno-sanitize=all)
  system_test(one_time one_time LABELS threads)
  system_test(confirm_late confirm_late ARGUMENTS $<TARGET_FILE:later> LABELS threads)
  system_test(sweep sweep ARGUMENTS $<TARGET_FILE:later> LABELS threads)
  system_test(approval approval LABELS threads)
  # moods stops the gateway under gdb, which does not go with a sanitizer's runtime.
  if(NOT CMPGATE_SANITIZE AND TARGET example_pure_module AND TARGET example_idempotent_module AND TARGET example_checks_module AND TARGET example_none_module)
    system_test(moods moods LABELS threads)
    # Without gdb nothing can be stopped between a commit and what follows it.
    set_tests_properties(system.moods PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 180)
  endif()
  if(TARGET example_none_module)
    system_test(reload_open reload_open LABELS threads)
  endif()
endif()
