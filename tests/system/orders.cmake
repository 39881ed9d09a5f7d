# What becomes of orders, secrets and confirmations: two at once, too late, and kill -9 in between.
if(TARGET cmpgate AND TARGET http_module AND TARGET ca_module AND OPENSSL AND SQLITE3 AND JQ AND CURL)
  system_test(one_time one_time LABELS threads)
  system_test(confirm_late confirm_late LABELS threads)
endif()
