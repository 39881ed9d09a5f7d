# The store: each table, opening, and the writer with kills, full disks and rivals.
foreach(part store store_open store_race store_sweep)
  unit_test(${part} SOURCES ${part}.c store_fixture.c LIBRARIES gw_store PkgConfig::SQLITE LABELS "store")
endforeach()
foreach(part commit commit_crash commit_disk)
  unit_test(${part} SOURCES ${part}.c store_fixture.c LIBRARIES gw_store Threads::Threads LABELS "store;thread")
endforeach()
